#include "nylas/notification.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace nova;
using nylas::trigger;

namespace {

std::string notification_text(const std::string& type, const std::string& data) {
  return R"({"specversion":"1.0","type":")" + type
         + R"(","source":"/google/emails/realtime","id":"n1","time":1700000000,"webhook_delivery_attempt":2,"data":)"
         + data + "}";
}

nylas::notification read(const std::string& type, const std::string& object) {
  auto parsed = nylas::parse_notification(
    notification_text(type, R"({"application_id":"a","object":)" + object + "}"));
  BOOST_REQUIRE_MESSAGE(parsed, (parsed ? "" : to_string(parsed.error())));
  return *parsed;
}

constexpr auto created =
  R"({"id":"m1","grant_id":"g1","object":"message","thread_id":"t1","subject":"s","from":[],"to":[],
  "cc":[],"bcc":[],"reply_to":[],"date":1700000000,"body":"b","snippet":"b","unread":true,"folders":["INBOX"],
  "attachments":[]})";
constexpr auto updated =
  R"({"id":"m1","grant_id":"g1","object":"message","thread_id":"t1","subject":"s","from":[],"to":[],
  "cc":[],"date":1700000000,"body":"b","snippet":"b","unread":true,"folders":["INBOX"]})";

} // namespace

BOOST_AUTO_TEST_SUITE(notification_test)

BOOST_AUTO_TEST_CASE(a_created_message_comes_whole) {
  auto read_back = read("message.created", created);

  BOOST_TEST(read_back.id == "n1");
  BOOST_TEST(read_back.type == "message.created");
  BOOST_TEST((read_back.trigger == trigger::message_created));
  BOOST_TEST(!read_back.partial);
  BOOST_TEST(read_back.grant_id == "g1");
  BOOST_TEST(read_back.object_id == "m1");
  BOOST_TEST(read_back.time == 1700000000);
  BOOST_TEST(read_back.attempt == 2);
  BOOST_TEST(read_back.message.carried == (carries_all & ~(carries_metadata | carries_starred)));
}

BOOST_AUTO_TEST_CASE(an_updated_message_carries_neither_attachments_nor_bcc_nor_reply_to) {
  auto read_back = read("message.updated", updated);
  BOOST_TEST((read_back.message.carried & carries_extras) == 0u);
  BOOST_TEST((read_back.message.carried & carries_body) != 0u);
  BOOST_TEST(read_back.message.extra_hash.empty());
}

BOOST_AUTO_TEST_CASE(the_pair_of_created_and_updated_has_one_core_hash) {
  BOOST_TEST(read("message.created", created).message.core_hash
             == read("message.updated", updated).message.core_hash);
}

BOOST_AUTO_TEST_CASE(a_list_that_a_notification_sets_to_null_is_not_carried) {
  auto read_back =
    read("message.updated", R"({"id":"m1","grant_id":"g1","attachments":null,"body":null})");
  BOOST_TEST(read_back.message.carried == 0u);
}

BOOST_DATA_TEST_CASE(
  a_payload_that_is_not_whole_is_partial_and_gives_no_message,
  boost::unit_test::data::make({"message.created.truncated", "message.created.transformed",
                                "message.created.transformed.truncated", "message.created.cleaned",
                                "message.created.metadata"}),
  type) {
  auto read_back = read(type, created);
  BOOST_TEST((read_back.trigger == trigger::message_created));
  BOOST_TEST(read_back.partial);
  BOOST_TEST(read_back.type == type);
  BOOST_TEST(read_back.object_id == "m1");
  BOOST_TEST(read_back.message.id.value.empty());
}

BOOST_AUTO_TEST_CASE(a_message_with_an_odd_field_is_read_as_far_as_it_can_be) {
  auto read_back = read("message.created", R"({"id":7,"grant_id":"g1","from":"a@b.c"})");
  BOOST_TEST(!read_back.partial);
  BOOST_TEST(read_back.object_id == "7");
  BOOST_TEST(read_back.message.id.value == "7");
  BOOST_TEST(!read_back.message.notes.empty());
}

BOOST_DATA_TEST_CASE(what_has_no_id_that_can_be_stored_is_kept_whole,
                     boost::unit_test::data::make({"message.created", "message.updated.truncated",
                                                   "folder.updated"}),
                     type) {
  auto nameless = read(type, R"({"grant_id":"g1","subject":"s"})");
  auto long_id = read(type, R"({"id":")" + std::string(3000, 'x') + R"(","grant_id":"g1"})");

  BOOST_REQUIRE(nameless.rejected && long_id.rejected);
  BOOST_TEST(nameless.rejected->reason == "id: missing");
  BOOST_TEST(nameless.rejected->raw == R"({"grant_id":"g1","subject":"s"})");
  BOOST_TEST(long_id.rejected->id == std::string(3000, 'x'));
  BOOST_TEST(long_id.grant_id == "g1");
}

BOOST_AUTO_TEST_CASE(a_deleted_message_has_ids_only) {
  auto read_back = read("message.deleted", R"({"id":"m1","grant_id":"g1","object":"message"})");
  BOOST_TEST((read_back.trigger == trigger::message_deleted));
  BOOST_TEST(read_back.object_id == "m1");
}

BOOST_AUTO_TEST_CASE(a_reply_names_the_message_that_replied) {
  auto read_back = read(
    "thread.replied", R"({"object":"thread","grant_id":"g1","message_id":"m2","thread_id":"t1"})");
  BOOST_TEST((read_back.trigger == trigger::thread_replied));
  BOOST_TEST(read_back.object_id == "m2");
}

BOOST_AUTO_TEST_CASE(a_legacy_reply_has_no_object_id) {
  auto read_back =
    read("thread.replied.legacy", R"({"deltas":[],"grant_id":"g1","object":"thread"})");
  BOOST_TEST(read_back.partial);
  BOOST_TEST(read_back.object_id.empty());
}

BOOST_AUTO_TEST_CASE(the_grant_may_stand_beside_the_object) {
  auto parsed = nylas::parse_notification(
    notification_text("message.send_failed", R"({"grant_id":"g2","reason":"r","object":null})"));
  BOOST_REQUIRE(parsed);
  BOOST_TEST(parsed->grant_id == "g2");
  BOOST_TEST((parsed->trigger == trigger::other));
}

BOOST_AUTO_TEST_CASE(a_folder_is_read) {
  auto read_back =
    read("folder.updated", R"({"grant_id":"g1","id":"f1","name":"New","object":"folder"})");
  BOOST_TEST((read_back.trigger == trigger::folder_updated));
  BOOST_TEST(read_back.folder.name.value() == "New");
  BOOST_TEST(read_back.object_id == "f1");
}

BOOST_DATA_TEST_CASE(
  a_known_type_round_trips,
  boost::unit_test::data::make({"message.created", "message.updated", "message.deleted",
                                "thread.replied", "folder.created", "folder.updated",
                                "folder.deleted", "grant.created", "grant.updated", "grant.deleted",
                                "grant.expired", "grant.imap_sync_completed"}),
  type) {
  BOOST_TEST(to_string(read(type, R"({"id":"x","grant_id":"g1"})").trigger) == type);
}

BOOST_DATA_TEST_CASE(an_unknown_suffix_is_fetched_not_ignored,
                     boost::unit_test::data::make({"message.created", "message.updated",
                                                   "message.deleted", "thread.replied"}),
                     type) {
  for (auto suffix : {".compressed", ".compressed.truncated", ".truncated.v2", ".a.b.c"}) {
    auto read_back = read(std::string{type} + suffix, R"({"id":"x","message_id":"x"})");
    BOOST_TEST(to_string(read_back.trigger) == type);
    BOOST_TEST(read_back.partial);
    BOOST_TEST(read_back.object_id == "x");
  }
}

BOOST_DATA_TEST_CASE(
  an_unknown_type_is_other,
  boost::unit_test::data::make({"calendar.created", "message", "message.created.", ".truncated",
                                "message.created_v2", "message.opened.legacy", "grant.expired.soon",
                                "grant.imap_sync_completed.new"}),
  type) {
  BOOST_TEST((read(type, R"({"id":"x"})").trigger == trigger::other));
}

BOOST_DATA_TEST_CASE(what_is_no_notification_is_refused_by_both,
                     boost::unit_test::data::make({"", "null", "[]", "{}", R"({"id":"n1"})",
                                                   R"({"type":"message.created"})",
                                                   R"({"id":[],"type":"message.created"})",
                                                   R"({"id":"","type":"message.created"})",
                                                   R"({"id":"n1","type":"message.created")"}),
                     body) {
  BOOST_TEST(!nylas::parse_envelope(body));
  BOOST_TEST(!nylas::parse_notification(body));
}

BOOST_AUTO_TEST_CASE(a_deletion_without_an_id_is_refused) {
  auto parsed = nylas::parse_notification(
    notification_text("message.deleted", R"({"object":{"grant_id":"g1"}})"));
  BOOST_REQUIRE(!parsed);
  BOOST_TEST(to_string(parsed.error()) == "data.object.id: missing");
}

BOOST_AUTO_TEST_CASE(the_envelope_says_what_routing_needs) {
  auto body = notification_text("message.deleted", R"({"object":{"id":"m","grant_id":"g1"}})");
  auto envelope = nylas::parse_envelope(body);
  BOOST_REQUIRE(envelope);
  BOOST_TEST(envelope->id == "n1");
  BOOST_TEST(envelope->type == "message.deleted");
  BOOST_TEST(envelope->grant.value == "g1");
  BOOST_TEST(envelope->payload == body);
}

BOOST_AUTO_TEST_CASE(a_missing_attempt_is_the_first) {
  auto parsed = nylas::parse_notification(
    R"({"id":"n1","type":"grant.expired","data":{"object":{"grant_id":"g1"}}})");
  BOOST_REQUIRE(parsed);
  BOOST_TEST(parsed->attempt == 1);
  BOOST_TEST(parsed->time == 0);
}

BOOST_AUTO_TEST_SUITE_END()
