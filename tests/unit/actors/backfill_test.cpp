#include "actors/backfill.hpp"

#include "tests/unit/actors/backfill_fake.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

std::string a_thread(const std::string& id) {
  return R"({"object":"thread","id":")" + id + R"(","grant_id":"g1","message_ids":[]})";
}

/// Windows of a hundred seconds each; what is asked tells them apart by its lower bound.
struct fixture : provider_fixture {
  fixture() {
    database.opened.info.grant.value = "g1";
    told = system.spawn([this]() -> discovery_hint_actor::behavior_type {
      return {
        [this](threads_available) { ++hints; },
        [this](check_completion) { ++ends; },
      };
    });
    store = system.spawn([this]() -> mail_store_actor::behavior_type {
      return {
        [this](const store_messages& request) -> caf::result<messages_stored> {
          if (store_away)
            return ec::database_unavailable;
          stored.push_back(request);
          return messages_stored{};
        },
        [](flush_batch) {},
      };
    });
  }

  ~fixture() {
    self->send_exit(child, caf::exit_reason::kill);
    self->send_exit(store, caf::exit_reason::kill);
    self->send_exit(handle, caf::exit_reason::kill);
    self->send_exit(told, caf::exit_reason::kill);
    run();
  }

  void plan_windows(int count) {
    for (int64_t i = 1; i <= count; ++i)
      database.opened.windows.push_back({i, 1000 + i * 100, 1100 + i * 100, ""});
  }

  void start() {
    handle = database.spawn(system);
    child = system.spawn(backfill, base::directory_slot{}, backfill_task{config_id{"c1"}, 0},
                         backfill_links{handle, grants, told, nullptr, nullptr, store}, settings);
    child->attach_functor([this](const caf::error& reason) {
      gone = true;
      ended_with = describe(reason);
    });
    run();
  }

  /// Passes as much time as the longest pause between two tries.
  void wait_long() {
    for (int i = 0; i < 3; ++i)
      advance(30s);
  }

  const std::string& target(size_t call) const {
    return calls.at(call).call.target;
  }

  bool asks_for(size_t call, const std::string& what) const {
    return target(call).find(what) != std::string::npos;
  }

  backfill_database_fake database;
  backfill_database_actor handle;
  discovery_hint_actor told;
  mail_store_actor store;
  std::vector<store_messages> stored;
  bool store_away = false;
  backfill_actor child;
  backfill_settings settings;
  int hints = 0;
  int ends = 0;
  bool gone = false;
  std::string ended_with;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(backfill_test, fixture)

BOOST_AUTO_TEST_CASE(every_page_of_a_window_is_recorded_with_its_cursor) {
  plan_windows(1);
  answers({an_answer(200, a_page(a_thread("t1") + ',' + a_thread("t2"), "c1")),
           an_answer(200, a_page(a_thread("t3")))});
  start();

  BOOST_REQUIRE(database.pages.size() == 2u);
  BOOST_TEST(database.pages[0].threads.size() == 2u);
  BOOST_TEST(database.pages[0].next_cursor == "c1");
  BOOST_TEST(database.pages[1].next_cursor == "");
  BOOST_TEST(database.pages[1].window.cursor == "c1");
  BOOST_TEST(hints == 2);
  BOOST_TEST(ends == 1);
  BOOST_TEST(gone);
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(a_page_is_durable_before_the_next_is_listed) {
  plan_windows(1);
  answer = [this](const call_grant&) -> caf::result<api_answered> {
    database.away = true;
    return an_answer(200, a_page(a_thread("t1"), "c1"));
  };
  start();
  BOOST_TEST(database.pages.size() == 1u);
  BOOST_TEST(calls.size() == 1u);
  database.away = false;
  wait_long();
  BOOST_TEST(!asks_for(1, "page_token"));
}

BOOST_AUTO_TEST_CASE(as_many_windows_as_the_setting_says_are_listed_at_one_time) {
  settings.windows_parallel = 2;
  plan_windows(5);
  refuses(ec::provider_transient);
  start();
  BOOST_TEST(calls.size() == 2u);

  answers({an_answer(200, a_page(""))});
  wait_long();
  BOOST_TEST(database.pages.size() == 5u);
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(windows_overlap_because_the_providers_seconds_are_not_ours) {
  plan_windows(1);
  start();
  BOOST_TEST(asks_for(0, "latest_message_after=980"), target(0));
  BOOST_TEST(asks_for(0, "latest_message_before=1320"), target(0));
}

BOOST_AUTO_TEST_CASE(it_goes_on_at_the_checkpoint) {
  database.opened.windows.push_back({1, 1000, 1100, "c7"});
  start();
  BOOST_TEST(asks_for(0, "page_token=c7"));
}

BOOST_AUTO_TEST_CASE(a_stale_cursor_starts_its_window_over) {
  database.opened.windows.push_back({1, 1000, 1100, "old"});
  answers({an_answer(400, an_error("invalid_request_error", "page_token")),
           an_answer(200, a_page(a_thread("t1")))});
  start();
  BOOST_REQUIRE(database.restarts.size() == 1u);
  BOOST_TEST(database.restarts[0].window_id == 1);
  BOOST_TEST(!asks_for(1, "page_token"));
  BOOST_TEST(database.fails.empty());
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(a_throttle_waits_as_told_and_uses_no_attempt) {
  plan_windows(1);
  settings.failures_max = 1;
  auto throttled = an_answer(429, an_error("rate_limit_error", "slow down"));
  throttled.retry_after = "7";
  answers({throttled, throttled, throttled, an_answer(200, a_page(""))});
  start();
  advance(6999ms);
  BOOST_TEST(calls.size() == 1u);
  for (int i = 0; i < 3; ++i)
    advance(7s);
  BOOST_TEST(calls.size() == 4u);
  BOOST_TEST(database.fails.empty());
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(too_many_failures_in_a_row_fail_the_attempt_once) {
  settings.failures_max = 2;
  settings.windows_parallel = 3;
  plan_windows(3);
  answers({an_answer(500, "no")});
  start();
  wait_long();
  BOOST_REQUIRE(database.fails.size() == 1u);
  BOOST_TEST(database.fails[0].config.value == "c1");
  BOOST_TEST(gone);
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(a_page_that_comes_after_the_attempt_failed_is_dropped) {
  settings.windows_parallel = 2;
  plan_windows(2);
  answers({an_answer(422, an_error("bad", "no")), an_answer(200, a_page(a_thread("t1")))});
  start();
  BOOST_TEST(database.fails.size() == 1u);
  BOOST_TEST(database.pages.empty());
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(after_a_time_out_it_asks_for_smaller_pages) {
  plan_windows(1);
  answers({an_answer(504, an_error("api.timeout", "")), an_answer(200, a_page(""))});
  start();
  wait_long();
  BOOST_TEST(asks_for(0, "limit=50"));
  BOOST_TEST(asks_for(1, "limit=25"));
}

BOOST_AUTO_TEST_CASE(a_page_that_is_too_large_is_asked_for_in_halves) {
  plan_windows(1);
  auto too_large = an_answer(200, "");
  too_large.too_large = true;
  answers({too_large, an_answer(200, a_page(""))});
  start();
  BOOST_REQUIRE(calls.size() == 2u);
  BOOST_TEST(asks_for(1, "limit=25"));
  BOOST_TEST(database.fails.empty());
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(a_paused_grant_ends_it_without_a_failure) {
  plan_windows(2);
  refuses(ec::grant_paused);
  start();
  BOOST_TEST(gone);
  BOOST_TEST(ended_with == "normal");
  BOOST_TEST(database.fails.empty());
}

BOOST_AUTO_TEST_CASE(by_messages_these_are_stored_before_their_page_is_a_checkpoint) {
  settings.strategy = discovery_strategy::messages;
  database.opened.info.inbox.value = "i1";
  plan_windows(1);
  answers({an_answer(200, a_page(a_message("m1"), "c1")), an_answer(200, a_page(a_message("m2"))),
           an_answer(200, a_page(a_thread("t1")))});
  start();
  BOOST_REQUIRE(calls.size() == 3u);
  BOOST_TEST(asks_for(0, "/messages?"));
  BOOST_TEST(asks_for(0, "received_after=980"));
  BOOST_TEST(asks_for(1, "page_token=c1"));
  BOOST_TEST(asks_for(2, "/threads?"));
  BOOST_REQUIRE(stored.size() == 2u);
  BOOST_TEST(stored[0].inbox.value == "i1");
  BOOST_TEST(stored[0].lo == 1000);
  BOOST_REQUIRE(database.message_pages.size() == 2u);
  BOOST_TEST(database.message_pages[0].next_cursor == "messages:c1");
  BOOST_TEST(database.message_pages[1].next_cursor == "threads:");
  BOOST_REQUIRE(database.listed_pages.size() == 1u);
  BOOST_TEST(database.listed_pages[0].page.window.cursor == "threads:");
  BOOST_TEST(database.listed_pages[0].page.next_cursor == "");
  BOOST_TEST(database.pages.empty());
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(by_messages_a_page_that_is_not_stored_is_no_checkpoint) {
  settings.strategy = discovery_strategy::messages;
  store_away = true;
  plan_windows(1);
  answers({an_answer(200, a_page(a_message("m1"), "c1"))});
  start();
  BOOST_TEST(database.message_pages.empty());
  BOOST_TEST(calls.size() == 1u);
  store_away = false;
  answers({an_answer(200, a_page(""))});
  wait_long();
  BOOST_TEST(!asks_for(1, "page_token"));
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(by_messages_threads_wait_until_the_messages_of_all_windows_are_stored) {
  settings.strategy = discovery_strategy::messages;
  settings.windows_parallel = 1;
  plan_windows(3);
  database.opened.windows.insert(database.opened.windows.begin(), {7, 500, 600, "threads:c7"});
  answers({an_answer(200, a_page(""))});
  start();
  BOOST_REQUIRE(calls.size() == 7u);
  for (size_t i = 0; i < 3; ++i)
    BOOST_TEST(asks_for(i, "/messages?"), i);
  for (size_t i = 3; i < 7; ++i)
    BOOST_TEST(asks_for(i, "/threads?"), i);
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(without_a_database_it_cannot_begin) {
  database.away = true;
  start();
  BOOST_TEST(ended_with == "database_unavailable");
}

BOOST_AUTO_TEST_SUITE_END()
