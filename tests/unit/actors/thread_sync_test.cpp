#include "actors/thread_sync.hpp"

#include "pg/email/excuse_messages.hpp"
#include "tests/support/database_fake.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

/// A store that keeps what it is given, and a dispatcher that hears how the thread ended.
struct fixture : provider_fixture {
  fixture() {
    store = system.spawn([this]() -> mail_store_actor::behavior_type {
      return {
        [this](const store_messages& request) -> caf::result<messages_stored> {
          if (refusal != ec::none)
            return refusal;
          stored.push_back(request);
          return messages_stored{static_cast<uint32_t>(request.messages.size()), true, {}};
        },
      };
    });
    parent = system.spawn([this]() -> thread_dispatcher_actor::behavior_type {
      return {
        [](threads_available) {},
        [this](const thread_ended& result) { ended.push_back(result); },
      };
    });
    names.take<pg::excuse_messages>();
    database = names.spawn(system);
    claim.thread.value = "t1";
    claim.grant.value = "g1";
    claim.inbox.value = "i1";
    claim.token = 7;
  }

  ~fixture() {
    self->send_exit(store, caf::exit_reason::kill);
    self->send_exit(parent, caf::exit_reason::kill);
    self->send_exit(database, caf::exit_reason::kill);
    run();
  }

  /// Runs one thread to its end and says how it ended.
  thread_ended sync(thread_sync_settings settings = {}) {
    auto syncing = system.spawn(thread_sync, directory_slot{}, claim,
                                thread_sync_needs{grants, store, parent, database}, settings);
    run();
    BOOST_REQUIRE(ended.size() == 1u);
    return ended.front();
  }

  void expect(thread_outcome outcome, const std::string& reason) {
    auto result = sync();
    BOOST_TEST(to_string(result.outcome) == to_string(outcome));
    BOOST_TEST(result.reason == reason);
    BOOST_TEST((stored.empty() || !stored.back().completes));
  }

  thread_claim claim;
  std::vector<store_messages> stored;
  std::vector<thread_ended> ended;
  ec refusal = ec::none;
  mail_store_actor store;
  thread_dispatcher_actor parent;
  database_fake names;
  database_actor database;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(thread_sync_test, fixture)

BOOST_AUTO_TEST_CASE(where_a_move_changes_ids_each_read_asks_for_the_message_id) {
  claim.provider = "microsoft";
  claim.named = {{"m2"}};
  answers({an_answer(200, a_page(a_message("m1"))),
           an_answer(200, R"({"request_id":"r","data":)" + a_message("m2") + "}")});
  BOOST_TEST((sync().outcome == thread_outcome::completed));

  BOOST_TEST_REQUIRE(calls.size() == 2u);
  for (const auto& each : calls)
    BOOST_TEST(each.call.target.find("fields=include_basic_headers") != std::string::npos,
               each.call.target);
}

BOOST_AUTO_TEST_CASE(pages_are_followed_to_the_end_and_only_the_last_completes_the_claim) {
  answers({an_answer(200, a_page(a_message("m1") + ',' + a_message("m2"), "c1")),
           an_answer(200, a_page(a_message("m3"), "c2")), an_answer(200, a_page(a_message("m4")))});
  auto result = sync();

  BOOST_TEST((result.outcome == thread_outcome::completed));
  BOOST_TEST(result.messages == 4u);
  BOOST_REQUIRE(stored.size() == 3u);
  BOOST_TEST(!stored[0].completes);
  BOOST_TEST(!stored[1].completes);
  BOOST_REQUIRE(!!stored[2].completes);
  BOOST_TEST(stored[2].completes->token == 7);
  BOOST_TEST(stored[2].thread_messages == 4u);
  BOOST_TEST(calls.at(1).call.target.find("page_token=c1") != std::string::npos);
  BOOST_TEST(calls.at(2).call.target.find("page_token=c2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_was_seen_carries_when_it_was_seen) {
  answers({an_answer(200, a_page(a_message("m1")))});
  sync();
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_TEST(stored[0].lo == 1000);
  BOOST_TEST(stored[0].hi == 2000);
  BOOST_TEST((stored[0].origin == mail_origin::backfill));
}

BOOST_AUTO_TEST_CASE(drafts_are_skipped) {
  answers({an_answer(200, a_page(a_message("m1") + ',' + a_message("d1", "draft")))});
  auto result = sync();
  BOOST_TEST(result.messages == 1u);
  BOOST_REQUIRE(stored.at(0).messages.size() == 1u);
  BOOST_TEST(stored[0].messages[0].id.value == "m1");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_kept_with_its_page_and_costs_no_other) {
  answers({an_answer(200, R"({"data":[{"id":"m1"},{"subject":"no id"}]})")});
  BOOST_TEST((sync().outcome == thread_outcome::completed));
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_TEST(stored[0].messages.size() == 1u);
  BOOST_REQUIRE(stored[0].rejects.size() == 1u);
  BOOST_TEST(stored[0].rejects[0].kind == "message");
  BOOST_TEST(stored[0].rejects[0].raw == R"({"subject":"no id"})");
}

BOOST_AUTO_TEST_CASE(an_empty_thread_completes) {
  answers({an_answer(200, a_page(""))});
  BOOST_TEST((sync().outcome == thread_outcome::completed));
  BOOST_TEST(!!stored.at(0).completes);
}

BOOST_AUTO_TEST_CASE(a_throttle_uses_no_attempt_and_waits_as_long_as_it_was_told) {
  auto throttled = an_answer(429, an_error("rate_limit_error", "slow down"));
  throttled.retry_after = "17";
  answers({throttled});
  expect(thread_outcome::later, "HTTP 429 rate_limit_error: slow down");
  BOOST_TEST(ended[0].delay_ms == 17'000u);
}

BOOST_AUTO_TEST_CASE(a_gateway_time_out_is_retried) {
  answers({an_answer(504, an_error("api.timeout", "too slow"))});
  expect(thread_outcome::retry, "HTTP 504 api.timeout: too slow");
}

BOOST_AUTO_TEST_CASE(half_an_answer_is_retried) {
  answers({an_answer(200, R"({"request_id":"r","data":[{"id":")")});
  auto result = sync();
  BOOST_TEST((result.outcome == thread_outcome::retry));
  BOOST_TEST(stored.empty());
}

BOOST_AUTO_TEST_CASE(a_request_that_the_api_does_not_take_costs_an_attempt) {
  answers({an_answer(400, an_error("invalid_request_error", "the grant is syncing"))});
  expect(thread_outcome::retry, "HTTP 400 invalid_request_error: the grant is syncing");
}

BOOST_AUTO_TEST_CASE(a_refusal_costs_an_attempt_when_it_is_the_threads_alone) {
  for (int status : {401, 403, 429}) {
    auto refused = an_answer(status, an_error("api.error", "no"));
    answers({refused});
    BOOST_TEST((sync().outcome == thread_outcome::later));
    ended.clear();
    refused.alone = true;
    answers({refused});
    BOOST_TEST((sync().outcome == thread_outcome::retry));
    ended.clear();
  }
}

BOOST_AUTO_TEST_CASE(a_provider_that_is_away_uses_no_attempt) {
  refuses(ec::provider_unreachable);
  expect(thread_outcome::later, "provider_unreachable");
  BOOST_TEST(ended[0].delay_ms <= 30'000u);
}

BOOST_AUTO_TEST_CASE(a_thread_that_is_not_there_is_believed_the_second_time) {
  answers({an_answer(404, an_error("not_found_error", "gone"))});
  expect(thread_outcome::retry, "gone: HTTP 404 not_found_error: gone");
  BOOST_TEST(ended[0].delay_ms == 60'000u);
  ended.clear();
  claim.attempt = 1;
  expect(thread_outcome::failed, "gone: HTTP 404 not_found_error: gone");
}

BOOST_AUTO_TEST_CASE(a_paused_grant_uses_no_attempt) {
  refuses(ec::grant_paused);
  expect(thread_outcome::later, "grant_paused");
}

BOOST_AUTO_TEST_CASE(a_database_that_is_away_uses_no_attempt) {
  refusal = ec::database_unavailable;
  answers({an_answer(200, a_page(a_message("m1")))});
  expect(thread_outcome::later, "database_unavailable");
}

BOOST_AUTO_TEST_CASE(what_the_database_refuses_costs_an_attempt) {
  refusal = ec::database_refused;
  answers({an_answer(200, a_page(a_message("m1")))});
  expect(thread_outcome::retry, "database_refused");
}

BOOST_AUTO_TEST_CASE(a_lost_claim_is_left_to_its_new_owner) {
  refusal = ec::stale_claim;
  answers({an_answer(200, a_page(a_message("m1")))});
  expect(thread_outcome::stale, "stale_claim");
}

BOOST_AUTO_TEST_CASE(a_stale_cursor_starts_the_thread_over_once) {
  answers({an_answer(200, a_page(a_message("m1"), "c1")),
           an_answer(400, an_error("invalid_request_error", "bad page_token")),
           an_answer(200, a_page(a_message("m1"), "c2")), an_answer(200, a_page(a_message("m2")))});
  auto result = sync();
  BOOST_TEST((result.outcome == thread_outcome::completed));
  BOOST_TEST(result.messages == 2u);
  BOOST_TEST(calls.at(2).call.target.find("page_token") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_cursor_that_is_stale_again_costs_an_attempt) {
  auto page = an_answer(200, a_page(a_message("m1"), "c1"));
  auto stale = an_answer(400, an_error("invalid_request_error", "bad page_token"));
  answers({page, stale, page, stale});
  expect(thread_outcome::retry, "HTTP 400 invalid_request_error: bad page_token");
}

BOOST_AUTO_TEST_CASE(a_failed_attempt_asks_for_less) {
  claim.attempt = 2;
  answers({an_answer(200, a_page(""))});
  sync();
  BOOST_TEST(calls.at(0).call.target.find("limit=50") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_page_that_is_too_large_is_asked_for_in_halves) {
  auto too_large = an_answer(200, "");
  too_large.too_large = true;
  answers({an_answer(200, a_page(a_message("m1"), "c1")), too_large, too_large,
           an_answer(200, a_page(a_message("m2")))});
  auto result = sync();
  BOOST_TEST((result.outcome == thread_outcome::completed));
  BOOST_TEST(result.messages == 2u);
  BOOST_REQUIRE(calls.size() == 4u);
  auto asks_for = [this](size_t call, const char* what) {
    return calls.at(call).call.target.find(what) != std::string::npos;
  };
  BOOST_TEST((asks_for(2, "limit=100") && asks_for(2, "page_token=c1")));
  BOOST_TEST((asks_for(3, "limit=50") && asks_for(3, "page_token=c1")));
}

BOOST_AUTO_TEST_CASE(a_single_message_that_is_too_large_fails_the_thread) {
  auto too_large = an_answer(200, "");
  too_large.too_large = true;
  answers({too_large});
  BOOST_TEST((sync().outcome == thread_outcome::failed));
  BOOST_TEST(calls.back().call.target.find("limit=1&") != std::string::npos,
             calls.back().call.target);
  BOOST_TEST(calls.size() == 8u);
}

BOOST_AUTO_TEST_CASE(behind_a_message_that_is_too_large_what_is_named_is_fetched_by_its_id) {
  auto too_large = an_answer(200, "");
  too_large.too_large = true;
  claim.named = {message_id{"m1"}, message_id{"m2"}, message_id{"m3"}};
  answers({too_large, too_large, too_large, too_large, too_large, too_large, too_large, too_large,
           an_answer(200, R"({"request_id":"r","data":)" + a_message("m1") + "}"), too_large,
           an_answer(200, R"({"request_id":"r","data":)" + a_message("m3") + "}")});
  auto result = sync();
  BOOST_TEST((result.outcome == thread_outcome::failed));
  BOOST_TEST(result.reason.starts_with("message m2: "), result.reason);
  BOOST_TEST(result.messages == 2u);
  BOOST_TEST(stored.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_thread_without_end_is_given_up) {
  answer = [number = 0](const call_grant&) mutable -> caf::result<api_answered> {
    return an_answer(200, a_page(a_message("m1"), "c" + std::to_string(++number)));
  };
  thread_sync_settings settings;
  settings.pages_max = 5;
  auto result = sync(settings);
  BOOST_TEST((result.outcome == thread_outcome::failed));
  BOOST_TEST(calls.size() == 6u);
}

BOOST_AUTO_TEST_CASE(a_named_message_that_the_list_leaves_out_is_asked_for_by_its_id) {
  claim.named = {message_id{"m1"}, message_id{"m2"}};
  answers({an_answer(200, a_page(a_message("m1"))),
           an_answer(200, R"({"request_id":"r","data":)" + a_message("m2") + "}")});
  auto result = sync();
  BOOST_TEST((result.outcome == thread_outcome::completed));
  BOOST_TEST(result.messages == 2u);
  BOOST_REQUIRE(stored.size() == 3u);
  BOOST_TEST(!stored[0].completes);
  BOOST_TEST(stored[1].messages.at(0).id.value == "m2");
  BOOST_REQUIRE(!!stored[2].completes);
  BOOST_TEST(stored[2].thread_messages == 2u);
  BOOST_TEST(calls.at(1).call.target.find("/messages/m2") != std::string::npos);
  BOOST_TEST(names.asked<pg::excuse_messages>().empty());
}

BOOST_AUTO_TEST_CASE(what_the_provider_names_and_does_not_have_is_excused_by_name) {
  claim.named = {message_id{"d1"}, message_id{"m2"}};
  answers({an_answer(200, a_page(a_message("m1"))),
           an_answer(200, R"({"request_id":"r","data":)" + a_message("d1", "draft") + "}"),
           an_answer(404, an_error("not_found_error", "no"))});
  auto result = sync();
  BOOST_TEST((result.outcome == thread_outcome::completed));
  BOOST_REQUIRE(names.asked<pg::excuse_messages>().size() == 1u);
  BOOST_REQUIRE(names.asked<pg::excuse_messages>()[0].messages.size() == 2u);
  BOOST_TEST(names.asked<pg::excuse_messages>()[0].messages[0].value == "d1");
  BOOST_TEST(names.asked<pg::excuse_messages>()[0].reasons[0] == "it is a draft");
  BOOST_REQUIRE(!!stored.back().completes);
}

BOOST_AUTO_TEST_CASE(a_named_message_that_cannot_be_had_now_leaves_the_thread_for_later) {
  claim.named = {message_id{"m2"}};
  answers({an_answer(200, a_page(a_message("m1"))), an_answer(502, "bad gateway")});
  expect(thread_outcome::retry, "HTTP 502 bad gateway");
}

BOOST_AUTO_TEST_CASE(a_404_after_a_page_is_the_end_of_the_list) {
  answers({an_answer(200, a_page(a_message("m1"), "END")),
           an_answer(404, an_error("not_found_error", "no more objects"))});
  auto result = sync();
  BOOST_TEST((result.outcome == thread_outcome::completed));
  BOOST_TEST(result.messages == 1u);
}

BOOST_AUTO_TEST_CASE(a_cursor_that_does_not_advance_is_noticed) {
  answers({an_answer(200, a_page(a_message("m1"), "SAME"))});
  auto result = sync();
  BOOST_TEST((result.outcome == thread_outcome::retry));
  BOOST_TEST(calls.size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
