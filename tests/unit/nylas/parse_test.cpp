#include "nylas/parse.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <string>

using namespace nova;
using namespace std::string_literals;

namespace {

constexpr auto whole_message =
  R"({"id":"m1","grant_id":"g1","object":"message","thread_id":"t1","subject":"Hello",
  "from":[{"name":"Ada","email":"Ada@Example.com"}],"to":[{"email":"bo@example.com"}],"cc":[],"bcc":[],"reply_to":[],
  "date":1700000000,"body":"<p>Hi</p>","snippet":"Hi","unread":true,"starred":false,
  "folders":["UNREAD","INBOX"],"attachments":[],"metadata":{"b":"2","a":1}})";

std::string answer(const std::string& data) {
  return R"({"request_id":"r1","data":)" + data + "}";
}

email_message read(const std::string& object) {
  auto parsed = nylas::parse_message(answer(object));
  BOOST_REQUIRE_MESSAGE(parsed, (parsed ? "" : to_string(parsed.error())));
  return *parsed;
}

/// A whole message with one member more, which goes before the others and so wins over them.
email_message read_with(const std::string& member) {
  return read("{" + member + "," + (whole_message + 1));
}

std::string refusal(const std::string& object) {
  auto parsed = nylas::parse_message(answer(object));
  BOOST_REQUIRE(!parsed);
  return to_string(parsed.error());
}

} // namespace

BOOST_AUTO_TEST_SUITE(parse_test)

BOOST_AUTO_TEST_CASE(a_whole_message_is_read_field_by_field) {
  auto message = read(whole_message);

  BOOST_TEST(message.id.value == "m1");
  BOOST_TEST(message.grant.value == "g1");
  BOOST_TEST(message.thread.value == "t1");
  BOOST_TEST(message.object == "message");
  BOOST_TEST(message.subject == "Hello");
  BOOST_TEST(message.snippet == "Hi");
  BOOST_TEST(message.body == "<p>Hi</p>");
  BOOST_TEST(message.from == R"([{"email":"Ada@Example.com","name":"Ada"}])");
  BOOST_TEST(message.to == R"([{"email":"bo@example.com"}])");
  BOOST_TEST(message.cc == "[]");
  BOOST_TEST(message.folders == R"(["INBOX","UNREAD"])");
  BOOST_TEST(message.metadata == R"({"a":1,"b":"2"})");
  BOOST_TEST(message.date.value() == 1700000000);
  BOOST_TEST(message.unread);
  BOOST_TEST(!message.starred);
  BOOST_TEST(message.carried == carries_all);
  BOOST_TEST(message.core_hash.size() == 16u);
  BOOST_TEST(message.extra_hash.size() == 16u);
}

BOOST_AUTO_TEST_CASE(a_message_carries_only_what_is_there) {
  auto bare = read(R"({"id":"m1"})");
  auto some =
    read(R"({"id":"m1","thread_id":"t1","date":1700000000,"folders":["INBOX"],"bcc":[]})");

  BOOST_TEST(bare.carried == 0u);
  BOOST_TEST(bare.from == "[]");
  BOOST_TEST(bare.metadata == "{}");
  BOOST_TEST(bare.extra_hash.empty());
  BOOST_TEST(some.carried == (carries_thread | carries_date | carries_folders | carries_bcc));
  BOOST_TEST(some.extra_hash.size() == 16u);
}

BOOST_AUTO_TEST_CASE(null_members_read_as_absent) {
  auto message =
    read(R"({"id":"m1","body":null,"from":null,"date":null,"unread":null,"metadata":null,
    "attachments":null,"object":null})");

  BOOST_TEST(message.carried == 0u);
  BOOST_TEST(message.from == "[]");
  BOOST_TEST(message.object == "message");
  BOOST_TEST(message.attachments == "[]");
  BOOST_TEST(message.notes.empty());
}

BOOST_AUTO_TEST_CASE(null_elements_are_skipped) {
  auto message =
    read(R"({"id":"m1","body":"","to":[null,{"email":"a@b.c","name":null}],"folders":[null,"A"],
    "attachments":[null]})");

  BOOST_TEST(message.to == R"([{"email":"a@b.c"}])");
  BOOST_TEST(message.folders == R"(["A"])");
  BOOST_TEST(message.attachments == "[]");
}

BOOST_AUTO_TEST_CASE(attachments_keep_what_is_known_and_tolerate_what_is_odd) {
  auto message = read_with(R"("attachments":[{"size":12,"id":"a1","grant_id":"g1","filename":null,
    "content_type":"text/plain; name=\"x.txt\"","is_inline":true,"content_id":4711,"content_disposition":"inline"},
    {"filename":"no id.pdf","size":"large","is_inline":"no"},{"size":1.5},{"size":-1}])");

  BOOST_TEST(
    message.attachments
    == R"([{"id":"a1","content_type":"text/plain; name=\"x.txt\"","content_id":"4711",)"
       R"("content_disposition":"inline","size":12,"is_inline":true},{"filename":"no id.pdf"},{"size":1},{}])");
}

BOOST_AUTO_TEST_CASE(the_hash_ignores_order_of_members_and_folders_and_the_case_of_addresses) {
  auto one =
    read(R"({"id":"m1","body":"b","folders":["A","B"],"from":[{"name":"N","email":"X@y.z"}]})");
  auto same =
    read(R"({"from":[{"email":"x@Y.Z","name":"N"}],"folders":["B","A","B"],"body":"b","id":"m1"})");

  BOOST_TEST(one.core_hash == same.core_hash);
  BOOST_TEST(one.from != same.from);
}

BOOST_DATA_TEST_CASE(every_field_of_the_core_changes_the_core_hash_alone,
                     boost::unit_test::data::make({
                       R"("subject":"x")",
                       R"("body":"x")",
                       R"("snippet":"x")",
                       R"("thread_id":"x")",
                       R"("object":"draft")",
                       R"("from":[])",
                       R"("from":[{"email":"Ada@Example.com","name":"Bo"}])",
                       R"("to":[])",
                       R"("cc":[{"email":"bo@example.com"}])",
                       R"("date":1700000001)",
                       R"("date":null)",
                       R"("unread":false)",
                       R"("starred":true)",
                       R"("folders":["INBOX"])",
                       R"("metadata":{"a":"1","b":"2"})",
                     }),
                     member) {
  auto before = read(whole_message);
  auto after = read_with(member);
  BOOST_TEST(before.core_hash != after.core_hash);
  BOOST_TEST(before.extra_hash == after.extra_hash);
}

BOOST_DATA_TEST_CASE(every_extra_changes_the_extra_hash_alone,
                     boost::unit_test::data::make({R"("bcc":[{"email":"a@b.c"}])",
                                                   R"("reply_to":[{"email":"a@b.c"}])",
                                                   R"("attachments":[{"id":"a1"}])"}),
                     member) {
  auto before = read(whole_message);
  auto after = read_with(member);
  BOOST_TEST(before.core_hash == after.core_hash);
  BOOST_TEST(before.extra_hash != after.extra_hash);
}

BOOST_AUTO_TEST_CASE(an_address_that_moves_from_one_list_to_the_next_changes_the_hash) {
  auto to = read(R"({"id":"m1","body":"","to":[{"email":"a@b.c"}],"cc":[]})");
  auto cc = read(R"({"id":"m1","body":"","to":[],"cc":[{"email":"a@b.c"}]})");
  BOOST_TEST(to.core_hash != cc.core_hash);
}

// Each row: what is in the subject, as bytes of the JSON text, and what is stored.
struct text_case {
  std::string json;
  std::string stored;
  friend std::ostream& operator<<(std::ostream& out, const text_case& x) {
    return out << x.json;
  }
};

const std::string mark = "\xEF\xBF\xBD";
const std::vector<text_case> texts{
  {"plain", "plain"},
  {"gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F"},
  {"cut \xC3", "cut " + mark},
  {"latin \xFC here", "latin " + mark + " here"},
  {"overlong \xC0\x80", "overlong " + mark + mark},
  {"surrogate \xED\xA0\x80", "surrogate " + mark + mark + mark},
  {"beyond \xF4\x90\x80\x80", "beyond " + mark + mark + mark + mark},
  {"four \xF0\x9F\x98\x80", "four \xF0\x9F\x98\x80"},
  {"nul \\u0000 inside", "nul " + mark + " inside"},
  {"pair \\ud83d\\ude00", "pair \xF0\x9F\x98\x80"},
  {"half \\ud83d", "half " + mark},
  {"half \\uD83D then text", "half " + mark + " then text"},
  {"low \\udc00 alone", "low " + mark + " alone"},
  {"two highs \\ud83d\\ud83d\\ude00", "two highs " + mark + "\xF0\x9F\x98\x80"},
  {"a backslash \\\\u0000", "a backslash \\u0000"},
  {"quotes \\\" and \\n lines", "quotes \" and \n lines"},
};

BOOST_DATA_TEST_CASE(every_stored_string_is_text_that_postgresql_takes,
                     boost::unit_test::data::make(texts), row) {
  auto message = read(R"({"id":"m1","body":"","subject":")" + row.json + R"("})");
  BOOST_TEST(message.subject == row.stored);
}

BOOST_AUTO_TEST_CASE(canonical_json_escapes_what_must_be_escaped) {
  auto message = read(R"({"id":"m1","body":"","to":[{"email":"a\"b\\c\u0001\t@x"}]})");
  BOOST_TEST(message.to == R"([{"email":"a\"b\\c\u0001\t@x"}])");
}

// Each row: an object that is refused, and what the refusal names.
struct refusal_case {
  std::string object;
  std::string named;
  friend std::ostream& operator<<(std::ostream& out, const refusal_case& x) {
    return out << x.named;
  }
};

const std::vector<refusal_case> refusals{
  {R"({"body":""})", "data.id: missing"},
  {R"({"id":""})", "data.id: missing"},
  {R"({"id":null})", "data.id: missing"},
  {R"({"id":{}})", "data.id: wrong type"},
  {R"([])", "data: missing or no object"},
  {"{\"id\":\"" + std::string(2049, 'x') + "\"}", "data.id: longer than 2048 bytes"},
};

BOOST_DATA_TEST_CASE(a_message_that_is_none_is_refused_by_name,
                     boost::unit_test::data::make(refusals), row) {
  BOOST_TEST(refusal(row.object).starts_with(row.named));
}

// Each row: a member of another form than the API promises, the name of what it belongs to, and
// what is read of it; "-" when it is not carried.
struct odd_case {
  std::string member, name, read;
  friend std::ostream& operator<<(std::ostream& out, const odd_case& x) {
    return out << x.member;
  }
};

std::string shown(const email_message& message, const std::string& name) {
  const std::map<std::string, std::pair<uint32_t, std::string>> fields{
    {"subject", {carries_subject, message.subject}},
    {"body", {carries_body, message.body}},
    {"thread_id", {carries_thread, message.thread.value}},
    {"from", {carries_from, message.from}},
    {"to", {carries_to, message.to}},
    {"reply_to", {carries_reply_to, message.reply_to}},
    {"folders", {carries_folders, message.folders}},
    {"attachments", {carries_attachments, message.attachments}},
    {"metadata", {carries_metadata, message.metadata}},
    {"date", {carries_date, std::to_string(message.date.value_or(0))}},
    {"unread", {carries_unread, message.unread ? "true" : "false"}},
    {"starred", {carries_starred, message.starred ? "true" : "false"}},
    {"object", {~0u, message.object}}};
  const auto& [bit, value] = fields.at(name);
  return (message.carried & bit) != 0 ? value : "-";
}

const std::vector<odd_case> odd_forms{
  {R"("subject":20260101)", "subject", "20260101"},
  {R"("subject":true)", "subject", "true"},
  {R"("subject":["a"])", "subject", "-"},
  {R"("body":{"html":"x"})", "body", "-"},
  {R"("thread_id":7)", "thread_id", "7"},
  {R"("thread_id":")" + std::string(2049, 't') + '"', "thread_id", "-"},
  {R"("from":{"email":"a@b.c"})", "from", R"([{"email":"a@b.c"}])"},
  {R"("from":"a@b.c")", "from", R"([{"email":"a@b.c"}])"},
  {R"("from":"Ann B <a@b.c>")", "from", R"([{"email":"a@b.c","name":"Ann B"}])"},
  {R"("from":{})", "from", "[]"},
  {R"("from":7)", "from", "-"},
  {R"("to":["a@b.c",7])", "to", R"([{"email":"a@b.c"}])"},
  {R"("to":[[]])", "to", "-"},
  {R"("to":[{"email":5,"name":"n"}])", "to", R"([{"email":"","name":"n"}])"},
  {R"("reply_to":{"email":"x@y.z"})", "reply_to", R"([{"email":"x@y.z"}])"},
  {R"("folders":"INBOX")", "folders", R"(["INBOX"])"},
  {R"("folders":[{"id":"B"},"A",3])", "folders", R"(["3","A","B"])"},
  {R"("folders":[{"name":"B"}])", "folders", "-"},
  {R"("attachments":{})", "attachments", "[]"},
  {R"("attachments":{"id":"a"})", "attachments", R"([{"id":"a"}])"},
  {R"("attachments":["a"])", "attachments", "-"},
  {R"("metadata":[])", "metadata", "-"},
  {R"("date":"1700000000")", "date", "1700000000"},
  {R"("date":1700000000123)", "date", "1700000000"},
  {R"("date":1700000000123456)", "date", "1700000000"},
  {R"("date":"2023-11-14T22:13:20Z")", "date", "1700000000"},
  {R"("date":"2023-11-14T23:13:20.5+01:00")", "date", "1700000000"},
  {R"("date":"2023-11-14 17:13:20 -0500")", "date", "1700000000"},
  {R"("date":"Tue, 14 Nov 2023 22:13:20 +0000")", "date", "1700000000"},
  {R"("date":"2023-11-14")", "date", "1699920000"},
  {R"("date":253402300800)", "date", "-"},
  {R"("date":"yesterday")", "date", "-"},
  {R"("date":[1])", "date", "-"},
  {R"("unread":1)", "unread", "true"},
  {R"("unread":2)", "unread", "-"},
  {R"("starred":"False")", "starred", "false"},
  {R"("object":"email")", "object", "message"},
  {R"("object":7)", "object", "message"},
};

BOOST_DATA_TEST_CASE(a_field_of_another_form_costs_at_most_that_field_and_is_noted,
                     boost::unit_test::data::make(odd_forms), row) {
  auto message = read_with(row.member);

  BOOST_TEST(shown(message, row.name) == row.read);
  BOOST_TEST(message.notes.starts_with("{\"" + row.name + "\":\""));
  BOOST_TEST(message.id.value == "m1");
  BOOST_TEST(message.snippet == "Hi");
}

BOOST_AUTO_TEST_CASE(an_id_that_is_a_number_is_its_digits) {
  BOOST_TEST(read(R"({"id":18446744073709551615})").id.value == "18446744073709551615");
}

BOOST_AUTO_TEST_CASE(absent_is_as_empty_in_the_hash) {
  auto absent = read(R"({"id":"m1","body":"b","subject":"s"})");
  auto empty = read(R"({"id":"m1","body":"b","subject":"s","cc":[],"metadata":{},"unread":false})");
  BOOST_TEST(absent.core_hash == empty.core_hash);
  BOOST_TEST(absent.carried != empty.carried);
}

BOOST_AUTO_TEST_CASE(a_thread_with_a_broken_field_costs_that_field) {
  auto page = nylas::parse_thread_page(answer(
    R"([{"id":"t1","subject":7,"snippet":{},"message_ids":[1,"m2",[]],"earliest_message_date":"1",
    "latest_message_received_date":1700000000000}])"));

  BOOST_REQUIRE(page && page->items.size() == 1u);
  const auto& thread = page->items[0];
  BOOST_TEST(thread.message_ids == (std::vector<std::string>{"1", "m2"}));
  BOOST_TEST(thread.earliest_message_date.value() == 1);
  BOOST_TEST(thread.latest_message_received_date.value() == 1'700'000'000);
  BOOST_TEST(!thread.notes.empty());
}

BOOST_AUTO_TEST_CASE(seconds_written_with_a_fraction_are_seconds) {
  BOOST_TEST(read(R"({"id":"m1","body":"","date":1700000000.0})").date.value() == 1700000000);
}

BOOST_DATA_TEST_CASE(a_page_is_found_where_clients_and_the_description_put_it,
                     boost::unit_test::data::make({R"([{"id":"m1"}])",
                                                   R"({"messages":[{"id":"m1"}]})",
                                                   R"({"items":[{"id":"m1"}]})"}),
                     data) {
  auto page = nylas::parse_message_page(answer(data));
  BOOST_REQUIRE(page);
  BOOST_REQUIRE(page->items.size() == 1u);
  BOOST_TEST(page->items[0].id.value == "m1");
}

BOOST_DATA_TEST_CASE(an_empty_page_has_no_items_and_no_cursor,
                     boost::unit_test::data::make({R"({"data":[]})", R"({"data":null})",
                                                   R"({"data":[],"next_cursor":null})",
                                                   R"({"data":[],"next_cursor":""})",
                                                   R"({"data":{"messages":null}})"}),
                     body) {
  auto page = nylas::parse_message_page(body);
  BOOST_REQUIRE(page);
  BOOST_TEST(page->items.empty());
  BOOST_TEST(page->next_cursor.empty());
}

BOOST_AUTO_TEST_CASE(a_cursor_may_be_a_number) {
  auto page = nylas::parse_message_page(R"({"data":[],"next_cursor":12345678901234567890})");
  BOOST_REQUIRE(page);
  BOOST_TEST(page->next_cursor == "12345678901234567890");
}

BOOST_AUTO_TEST_CASE(an_element_that_cannot_be_read_is_kept_and_does_not_spoil_the_page) {
  std::string long_id(5000, 'x');
  auto page = nylas::parse_message_page(answer(
    R"([{"id":"m1"},null,"x",{"subject":"no id"},{"id":")" + long_id + R"("},{"id":"m5"}])"));

  BOOST_REQUIRE(page);
  BOOST_REQUIRE(page->items.size() == 2u);
  BOOST_TEST(page->items[1].id.value == "m5");
  BOOST_REQUIRE(page->rejected.size() == 3u);
  BOOST_TEST(page->rejected[0].reason == "no object");
  BOOST_TEST(page->rejected[0].raw == "\"x\"");
  BOOST_TEST(page->rejected[1].reason == "id: missing");
  BOOST_TEST(page->rejected[1].raw == R"({"subject":"no id"})");
  BOOST_TEST(page->rejected[2].reason == "id: longer than 2048 bytes");
  BOOST_TEST(page->rejected[2].id == std::string(4096, 'x'));
  BOOST_TEST(page->rejected[2].raw == "{\"id\":\"" + long_id + "\"}");
}

BOOST_AUTO_TEST_CASE(a_rejected_element_is_known_again_by_its_id_or_else_by_its_content) {
  auto long_id = std::string(3000, 'x');
  auto rejected = [&](const std::string& element) {
    return nylas::parse_message_page(answer("[" + element + "]")).value().rejected.at(0).identity;
  };

  BOOST_TEST(rejected(R"({"id":")" + long_id + R"(","subject":"a"})")
             == rejected(R"({"subject":"b","id":")" + long_id + R"("})"));
  BOOST_TEST(rejected(R"({"subject":"a"})") == rejected(R"({"subject":"a"})"));
  BOOST_TEST(rejected(R"({"subject":"a"})") != rejected(R"({"subject":"b"})"));
  BOOST_TEST(rejected("7").size() == 16u);
}

BOOST_AUTO_TEST_CASE(of_a_rejected_element_above_a_mebibyte_id_and_reason_are_kept) {
  auto page = nylas::parse_message_page(
    answer(R"([{"body":")" + std::string((size_t{1} << 20) + 1, 'x') + R"("}])"));
  BOOST_REQUIRE(page && page->rejected.size() == 1u);
  BOOST_TEST(page->rejected[0].raw.empty());
  BOOST_TEST(page->rejected[0].reason == "id: missing");
}

BOOST_DATA_TEST_CASE(what_is_no_page_is_refused,
                     boost::unit_test::data::make({"", "<html>", "[]", "{}", R"({"data":7})",
                                                   R"({"data":{}})", R"({"data":[)",
                                                   R"({"data":[]} trailing)",
                                                   R"({"data":[],"next_cursor":{}})"}),
                     body) {
  BOOST_TEST(!nylas::parse_message_page(body));
}

BOOST_AUTO_TEST_CASE(bytes_after_a_nul_are_not_ignored) {
  BOOST_TEST(!nylas::parse_message_page("{\"data\":[]}\0{}"s));
}

BOOST_AUTO_TEST_CASE(nesting_has_a_bound_and_costs_no_stack) {
  std::string deep(1'000'000, '[');
  auto page = nylas::parse_message_page(R"({"data":)" + deep);
  BOOST_REQUIRE(!page);
  BOOST_TEST(page.error().reason == "nested too deep");
}

BOOST_AUTO_TEST_CASE(a_thread_is_read_without_its_latest_message) {
  auto page =
    nylas::parse_thread_page(answer(R"([{"id":"t1","grant_id":"g1","subject":"s","snippet":"n",
    "message_ids":["m1",null,"m2"],"latest_draft_or_message":{"id":7},"earliest_message_date":1,
    "latest_message_received_date":2}])"));

  BOOST_REQUIRE(page);
  BOOST_REQUIRE(page->items.size() == 1u);
  const auto& thread = page->items[0];
  BOOST_TEST(thread.id == "t1");
  BOOST_TEST(thread.message_ids.size() == 2u);
  BOOST_TEST(thread.earliest_message_date.value() == 1);
  BOOST_TEST(thread.latest_message_received_date.value() == 2);
  BOOST_TEST(!thread.latest_message_sent_date.has_value());
}

BOOST_AUTO_TEST_CASE(a_folder_keeps_its_attributes) {
  auto page = nylas::parse_folder_page(answer(
    R"([{"id":"f1","grant_id":"g1","name":"Sent","attributes":["\\Sent"],"system_folder":true,"parent_id":null}])"));

  BOOST_REQUIRE(page);
  BOOST_REQUIRE(page->items.size() == 1u);
  BOOST_TEST(page->items[0].attributes.value() == R"(["\\Sent"])");
  BOOST_TEST(page->items[0].system_folder.value());
  BOOST_TEST(!page->items[0].parent_id);
}

BOOST_AUTO_TEST_CASE(a_grant_says_whether_it_is_valid) {
  auto grant = nylas::parse_grant(
    answer(R"({"id":"g1","provider":"google","grant_status":"invalid","scope":[]})"));
  BOOST_REQUIRE(grant);
  BOOST_TEST(grant->provider == "google");
  BOOST_TEST(grant->grant_status == "invalid");
  BOOST_TEST(!grant->blocked);
}

BOOST_AUTO_TEST_CASE(an_error_keeps_what_the_provider_says_in_any_form) {
  auto nested =
    nylas::parse_error(R"({"request_id":"1-2","error":{"type":"quota_exceeded_error","message":"m",
    "provider_error":{"error":{"code":429}}}})");
  auto bare =
    nylas::parse_error(R"({"error":{"type":"t","message":"m","provider_error":"Bad Request"}})");

  BOOST_TEST(nested.type == "quota_exceeded_error");
  BOOST_TEST(nested.request_id == "1-2");
  BOOST_TEST(nested.provider_error == R"({"error":{"code":429}})");
  BOOST_TEST(bare.provider_error == R"("Bad Request")");
}

BOOST_AUTO_TEST_CASE(an_error_of_the_token_endpoint_is_flat) {
  auto error = nylas::parse_error(
    R"({"error":"invalid_request","error_description":"not so","error_code":1})");
  BOOST_TEST(error.type == "invalid_request");
  BOOST_TEST(error.message == "not so");
}

BOOST_AUTO_TEST_CASE(an_error_that_is_no_json_gives_its_first_line) {
  BOOST_TEST(nylas::parse_error("Bad Gateway\r\n<html>").message == "Bad Gateway");
  BOOST_TEST(nylas::parse_error("\xFF\0x"s).message == mark + "x");
  BOOST_TEST(nylas::parse_error(std::string(100'000, 'x')).message.size() == 200u);
  BOOST_TEST(nylas::parse_error("").message.empty());
}

BOOST_AUTO_TEST_CASE(a_long_error_is_cut_between_characters) {
  std::string umlauts;
  for (int i = 0; i < 400; ++i)
    umlauts += "\xC3\xBC";
  auto error = nylas::parse_error(R"({"error":{"type":"t","message":"x)" + umlauts + R"("}})");
  BOOST_TEST(error.message.size() == 499u);
}

BOOST_AUTO_TEST_SUITE_END()
