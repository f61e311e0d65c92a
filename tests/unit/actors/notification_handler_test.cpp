#include "actors/notification_handler.hpp"

#include "pg/email/claim_parked.hpp"
#include "pg/email/park_floods.hpp"
#include "pg/email/postpone_parked.hpp"
#include "tests/support/log_capture.hpp"
#include "tests/unit/actors/inbox_fake.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

std::string a_notification(const std::string& type, const std::string& object) {
  return R"({"specversion":"1.0","type":")" + type
         + R"(","source":"/google/emails","id":"n1","time":1700000000,"data":{"object":)" + object
         + "}}";
}

const std::string whole_message = a_message("m1");
const std::string named_message = R"({"id":"m1","grant_id":"g1","object":"message"})";
const std::string named_grant = R"({"grant_id":"g1","provider":"google"})";

struct fixture : provider_fixture {
  fixture() {
    inboxes.inbox.id.value = "i1";
    store = system.spawn([this]() -> mail_store_actor::behavior_type {
      return {
        [this](const store_messages& request) -> caf::result<messages_stored> {
          ++writes;
          if (refusal != ec::none)
            return refusal;
          stored.push_back(request);
          return messages_stored{};
        },
      };
    });
    upkeep = system.spawn([this]() -> reconcile_actor::behavior_type {
      return {[this](look_for_sweeps) { ++sweeps_asked; }};
    });
    handle = inboxes.spawn(system);
    parked_rows.on<pg::claim_parked>([this](const auto&) { return std::exchange(parked, {}); });
    parked_rows.take<pg::postpone_parked>();
    parked_rows.answer<pg::park_floods>(0);
    waiting = parked_rows.spawn(system);
    notification_needs needs{handle, grants, store, upkeep, directory, waiting};
    work = system.spawn(notifications, directory_slot{}, needs, notification_settings{});
    run();
  }

  ~fixture() {
    for (const auto& actor :
         {caf::actor_cast<caf::actor>(work), caf::actor_cast<caf::actor>(store),
          caf::actor_cast<caf::actor>(upkeep), caf::actor_cast<caf::actor>(handle),
          caf::actor_cast<caf::actor>(waiting)})
      self->send_exit(actor, caf::exit_reason::kill);
    run();
    never.clear();
  }

  /// Hands over one notification and says what its reader is told: the disposition, or the error.
  std::string handle_payload(const std::string& payload, int32_t read_ct = 1) {
    queue_message message;
    message.id = 5;
    message.read_ct = read_ct;
    message.notification = "n1";
    message.payload = payload;
    message.received_at = 9'000;
    message.parked = its_turn;
    std::string result;
    ask(
      work, message,
      [&](const work_ended& ended) {
        result = to_string(ended.disposition) + (ended.settled ? " settled" : "");
      },
      [&](const caf::error& e) { result = describe(e); });
    return result;
  }

  std::string handle_type(const std::string& type, const std::string& object, int32_t read_ct = 1) {
    return handle_payload(a_notification(type, object), read_ct);
  }

  /// Whoever calls the API ends as by a bug, before it has the answer.
  void crashes() {
    answer = [this](const call_grant&) -> caf::result<api_answered> {
      auto caller = caf::actor_cast<caf::actor>(last_caller);
      caf::anon_send(caller, caf::exit_msg{caller.address(),
                                           caf::make_error(ec::crashed, std::string{"a bug"})});
      return never.emplace_back(grants_door->make_response_promise<api_answered>());
    };
  }

  const store_messages& effect() const {
    BOOST_REQUIRE(stored.size() == 1u);
    BOOST_REQUIRE(!!stored[0].acknowledges);
    BOOST_TEST(stored[0].acknowledges->queue_msg_id == 5);
    return stored[0];
  }

  void expect_ignored(const std::string& why) {
    BOOST_TEST((effect().outcome == notification_status::ignored));
    BOOST_TEST(effect().note.find(why) != std::string::npos, effect().note);
  }

  std::vector<caf::typed_response_promise<api_answered>> never;
  inbox_database_fake inboxes;
  database_actor handle;
  database_fake parked_rows;
  database_actor waiting;
  std::vector<parked_notification> parked; // handed out once
  mail_store_actor store;
  reconcile_actor upkeep;
  queue_work_actor work;
  std::shared_ptr<actor_directory> directory = std::make_shared<actor_directory>(clock());
  std::vector<store_messages> stored;
  bool its_turn = true; // it was parked until its grant's turn came
  ec refusal = ec::none;
  int writes = 0;
  int sweeps_asked = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(notification_handler_test, fixture)

BOOST_AUTO_TEST_CASE(a_whole_message_is_stored_as_it_came_with_an_open_beginning) {
  BOOST_TEST(handle_type("message.created", whole_message) == "removed settled");
  BOOST_TEST(effect().inbox.value == "i1");
  BOOST_REQUIRE(effect().messages.size() == 1u);
  BOOST_TEST(effect().messages[0].id.value == "m1");
  BOOST_TEST(effect().lo == time_unknown);
  BOOST_TEST(effect().hi == 9'000);
  BOOST_TEST(calls.empty());
}

BOOST_AUTO_TEST_CASE(the_log_says_what_was_done_of_a_notification_and_in_how_many_ms) {
  log_capture log;
  answer = [this](const call_grant&) -> caf::result<api_answered> {
    scheduler().clock().current_time += 37ms;
    return an_answer(200, R"({"request_id":"r","data":)" + whole_message + "}");
  };
  handle_type("message.created.truncated", named_message);
  BOOST_TEST(log.times("Successfully processed message.created.truncated in 37 ms "
                       "notification=n1 outcome=processed inbox=i1")
               == 1u,
             log.text());

  its_turn = false;
  handle_type("message.created.truncated", named_message);
  BOOST_TEST(log.times("Parked message.created.truncated after 0 ms notification=n1") == 1u,
             log.text());
}

BOOST_AUTO_TEST_CASE(what_must_be_fetched_is_parked_and_gives_its_place_back_without_a_call) {
  its_turn = false;
  for (const auto* type :
       {"message.created.truncated", "message.updated.compressed", "thread.replied"}) {
    stored.clear();
    BOOST_TEST(handle_type(type, R"({"id":"m1","message_id":"m1","grant_id":"g1"})")
               == "removed settled");
    BOOST_TEST((effect().outcome == notification_status::parked));
    BOOST_TEST(effect().messages.empty());
  }
  BOOST_TEST(calls.empty());
}

BOOST_AUTO_TEST_CASE(what_is_parked_is_looked_for_at_once_and_fetched) {
  its_turn = false;
  handle_type("message.created.truncated", named_message);
  stored.clear();
  answers({an_answer(200, R"({"request_id":"r","data":)" + whole_message + "}")});
  parked.push_back({notification_id{"n1"}, grant_id{"g1"}, 0,
                    a_notification("message.created.truncated", named_message), 0});
  advance(10ms);
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_TEST(stored[0].messages.size() == 1u);
  BOOST_TEST(stored[0].acknowledges->queue_msg_id == 0);
}

BOOST_AUTO_TEST_CASE(a_partial_message_is_fetched_in_the_live_lane) {
  for (const auto* type : {"message.created.truncated", "message.updated.transformed"}) {
    stored.clear();
    answers({an_answer(200, R"({"request_id":"r","data":)" + whole_message + "}")});
    BOOST_TEST(handle_type(type, named_message) == "removed settled");
    BOOST_REQUIRE(effect().messages.size() == 1u);
    BOOST_TEST(effect().lo == 1000);
    BOOST_TEST(effect().hi == 2000);
    BOOST_TEST((calls.back().lane == call_lane::live));
  }
}

BOOST_AUTO_TEST_CASE(what_is_fetched_has_its_message_id_where_a_move_changes_ids) {
  inboxes.inbox.provider = "microsoft";
  handle_type("message.updated.transformed", named_message);
  BOOST_TEST(calls.at(0).call.target == "/v3/grants/g1/messages/m1?fields=include_basic_headers");
}

BOOST_AUTO_TEST_CASE(a_deleted_message_becomes_a_tombstone) {
  handle_type("message.deleted", named_message);
  BOOST_REQUIRE(effect().deleted.size() == 1u);
  BOOST_TEST(effect().deleted[0].value == "m1");
  BOOST_TEST(effect().messages.empty());
}

BOOST_AUTO_TEST_CASE(a_deletion_with_a_suffix_is_believed_after_a_look) {
  answers({an_answer(404, R"({"error":{"type":"not_found_error","message":"no"}})")});
  BOOST_TEST(handle_type("message.deleted.undoable", named_message) == "removed settled");
  BOOST_REQUIRE(effect().deleted.size() == 1u);
  stored.clear();
  answers({an_answer(200, R"({"request_id":"r","data":)" + whole_message + "}")});
  handle_type("message.deleted.undoable", named_message);
  BOOST_TEST(effect().messages.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_draft_is_ignored) {
  handle_type("message.created", a_message("m1", "draft"));
  expect_ignored("draft");
}

BOOST_AUTO_TEST_CASE(a_deletion_that_names_no_message_deletes_nothing) {
  handle_type("message.deleted", named_grant);
  BOOST_TEST((effect().outcome == notification_status::error));
  BOOST_TEST(effect().deleted.empty());
}

BOOST_AUTO_TEST_CASE(a_folder_is_stored) {
  handle_type("folder.updated", R"({"id":"f1","grant_id":"g1","object":"folder","name":"Inbox"})");
  BOOST_REQUIRE(inboxes.asked<pg::store_folders>().size() == 1u);
  BOOST_TEST(*inboxes.asked<pg::store_folders>()[0].folders.at(0).name == "Inbox");
  BOOST_TEST(!inboxes.asked<pg::store_folders>()[0].folders.at(0).parent_id);
  BOOST_TEST(!inboxes.asked<pg::store_folders>()[0].folders.at(0).attributes);
  BOOST_TEST(!inboxes.asked<pg::store_folders>()[0].folders.at(0).deleted);
  handle_type("folder.deleted", R"({"id":"f1","grant_id":"g1","object":"folder"})");
  BOOST_TEST(inboxes.asked<pg::store_folders>().at(1).folders.at(0).deleted);
}

BOOST_AUTO_TEST_CASE(what_has_no_id_is_kept_whole_and_is_an_error_in_the_audit_log) {
  handle_type("message.created", R"({"grant_id":"g1","subject":"no id"})");
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_TEST((stored[0].outcome == notification_status::error));
  BOOST_TEST(stored[0].note == "not readable: id: missing");
  BOOST_REQUIRE(stored[0].rejects.size() == 1u);
  BOOST_TEST(stored[0].rejects[0].raw == R"({"grant_id":"g1","subject":"no id"})");
}

BOOST_AUTO_TEST_CASE(an_expired_grant_is_paused_and_its_inbox_says_so) {
  BOOST_TEST(handle_type("grant.expired", named_grant) == "removed settled");
  BOOST_TEST(paused.size() == 1u);
  BOOST_REQUIRE(inboxes.asked<pg::set_inbox_status>().size() == 1u);
  BOOST_TEST(inboxes.asked<pg::set_inbox_status>()[0].status == "auth_expired");
}

BOOST_AUTO_TEST_CASE(a_deleted_grant_disables_its_inbox) {
  handle_type("grant.deleted", named_grant);
  BOOST_TEST(paused.size() == 1u);
  BOOST_TEST(inboxes.asked<pg::set_inbox_status>().at(0).status == "disabled");
}

BOOST_AUTO_TEST_CASE(a_grant_that_is_back_is_resumed_and_swept) {
  handle_type("grant.updated", named_grant);
  BOOST_TEST(resumed.size() == 1u);
  BOOST_TEST(inboxes.asked<pg::set_inbox_status>().at(0).status == "active");
  BOOST_TEST(sweeps_asked == 1);
}

BOOST_AUTO_TEST_CASE(an_unknown_type_is_ignored_with_the_reason) {
  handle_type("contact.created", named_message);
  expect_ignored("'contact.created'");
}

BOOST_AUTO_TEST_CASE(an_unknown_grant_is_ignored_with_the_reason) {
  inboxes.inbox = {};
  handle_type("message.created", whole_message);
  expect_ignored("no inbox has the grant 'g1'");
}

BOOST_AUTO_TEST_CASE(a_malformed_payload_is_an_error_in_the_audit_log) {
  BOOST_TEST(handle_payload(R"({"type":)") == "removed settled");
  BOOST_TEST((effect().outcome == notification_status::error));
  BOOST_TEST(!effect().note.empty());
}

BOOST_AUTO_TEST_CASE(a_job_without_an_audit_row_goes_to_the_archive) {
  BOOST_TEST(handle_payload("") == "archived");
  BOOST_TEST(writes == 0);
}

BOOST_AUTO_TEST_CASE(a_failure_is_told_to_the_reader_before_the_last_try) {
  answers({an_answer(500, "no")});
  BOOST_TEST(
    handle_type("message.created.truncated", named_message).starts_with("provider_transient"));
  BOOST_TEST(writes == 0);
}

BOOST_AUTO_TEST_CASE(the_last_try_records_the_error) {
  answers({an_answer(500, "no")});
  BOOST_TEST(handle_type("message.created.truncated", named_message, 3) == "archived settled");
  BOOST_TEST((effect().outcome == notification_status::error));
  BOOST_TEST(effect().note.starts_with("provider_transient"));
}

BOOST_AUTO_TEST_CASE(a_message_that_is_not_there_is_believed_at_the_last_try) {
  answers({an_answer(404, an_error("not_found_error", "gone"))});
  BOOST_TEST(handle_type("message.created.truncated", named_message).starts_with("provider_gone"));
  BOOST_TEST(inboxes.asked<pg::refetch_not_found>().empty());
  BOOST_TEST(handle_type("message.created.truncated", named_message, 3) == "removed settled");
  expect_ignored("not there any more");
  // It may be stored: the first of the two 404s that make a tombstone.
  BOOST_REQUIRE(inboxes.asked<pg::refetch_not_found>().size() == 1u);
  BOOST_TEST(inboxes.asked<pg::refetch_not_found>()[0].which.message.value == "m1");
  BOOST_TEST(inboxes.asked<pg::refetch_not_found>()[0].which.inbox.value == "i1");
}

BOOST_AUTO_TEST_CASE(what_is_no_fault_of_a_notification_is_retried_even_at_the_last_try) {
  for (auto code : {ec::database_unavailable, ec::database_in_doubt, ec::overloaded}) {
    refusal = code;
    BOOST_TEST(handle_type("message.created", whole_message, 100) == to_string(code));
  }
  BOOST_TEST(stored.empty());
}

BOOST_AUTO_TEST_CASE(a_paused_grant_is_no_fault_of_a_notification) {
  refuses(ec::grant_paused);
  BOOST_TEST(handle_type("message.created.truncated", named_message, 100) == "grant_paused");
  BOOST_TEST(writes == 0);
}

BOOST_AUTO_TEST_CASE(what_the_database_refuses_ends_in_error_and_not_in_a_loop) {
  refusal = ec::database_refused;
  BOOST_TEST(handle_type("message.created", whole_message, 3) == "database_refused");
  BOOST_TEST(writes == 2);
}

BOOST_AUTO_TEST_CASE(the_reader_hears_of_a_handler_that_crashes) {
  crashes();
  BOOST_TEST(handle_type("message.created.truncated", named_message) == "crashed: a bug");
  BOOST_TEST(writes == 0);
}

BOOST_AUTO_TEST_CASE(a_handler_that_crashes_at_the_last_try_leaves_the_error_in_the_audit_log) {
  crashes();
  BOOST_TEST(handle_type("message.created.truncated", named_message, 3) == "archived settled");
  BOOST_TEST((effect().outcome == notification_status::error));
  BOOST_TEST(effect().note == "crashed: a bug");
  BOOST_TEST(effect().acknowledges->read_ct == 3);
}

BOOST_AUTO_TEST_CASE(without_a_database_a_crash_at_the_last_try_is_tried_again) {
  crashes();
  refusal = ec::database_unavailable;
  BOOST_TEST(handle_type("message.created.truncated", named_message, 3) == "database_unavailable");
}

BOOST_AUTO_TEST_CASE(a_handler_that_ends_badly_is_recorded_and_the_next_is_handled) {
  crashes();
  queue_message message;
  message.notification = "n1";
  message.parked = true; // else it is parked, and nothing is called
  message.payload = a_notification("message.created.truncated", named_message);
  self->send(work, message);
  run();
  auto failures = directory->failures();
  BOOST_REQUIRE(failures.size() == 1u);
  BOOST_TEST(failures[0].name.kind == "notification_handler");
  BOOST_TEST(failures[0].name.key == "n1");
  BOOST_TEST(handle_type("message.created", whole_message) == "removed settled");
}

BOOST_AUTO_TEST_SUITE_END()
