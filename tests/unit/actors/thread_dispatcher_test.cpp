#include "actors/thread_dispatcher.hpp"

#include "actors/completion_monitor.hpp"
#include "pg/email/cancelled_backfills.hpp"
#include "pg/email/claim_threads.hpp"
#include "pg/email/fail_threads.hpp"
#include "pg/email/release_threads.hpp"
#include "tests/support/database_fake.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <stdexcept>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

using end_one = int;
using held_store = mail_store_actor::extend<caf::reacts_to<end_one>>;

/// A database with rows to claim and a store that answers when it is told to.
struct fixture : provider_fixture {
  fixture() {
    database.on<pg::claim_threads>([this](const pg::claim_threads& query) {
      std::vector<thread_claim> claims;
      for (; rows > 0 && claims.size() < query.limit; --rows)
        claims.push_back(a_claim());
      return claims;
    });
    database.on<pg::fail_threads>(
      [](const pg::fail_threads& query) { return std::vector<bool>(query.failures.size(), true); });
    database.answer<pg::release_threads>(0);
    database.answer<pg::cancelled_backfills>({});
    store = system.spawn([this](held_store::pointer keeper) -> held_store::behavior_type {
      return {
        [this, keeper](const store_messages&) -> caf::result<messages_stored> {
          open.push_back(keeper->make_response_promise<messages_stored>());
          auto answer = open.back();
          if (!held)
            end_first();
          return answer;
        },
        [this](end_one) { end_first(); },
      };
    });
    monitor = system.spawn([this]() -> completion_monitor_actor::behavior_type {
      return {[this](check_completion) { ++wakeups; }};
    });
    settings.window = 4;
    settings.refill = 2;
  }

  ~fixture() {
    for (const auto& actor :
         {caf::actor_cast<caf::actor>(dispatcher), caf::actor_cast<caf::actor>(store),
          caf::actor_cast<caf::actor>(monitor), caf::actor_cast<caf::actor>(database_handle)})
      self->send_exit(actor, caf::exit_reason::kill);
    run();
    open.clear();
  }

  thread_claim a_claim() {
    thread_claim claim;
    claim.thread.value = "t" + std::to_string(++claimed);
    claim.grant.value = "g1";
    claim.token = claimed;
    return claim;
  }

  void end_first() {
    open.front().deliver(messages_stored{});
    open.pop_front();
  }

  void start() {
    database_handle = database.spawn(system);
    thread_dispatcher_needs needs{database_handle, grants, store, monitor, directory};
    dispatcher = system.spawn(thread_dispatcher, directory_slot{}, needs, settings);
    dispatcher->attach_functor([this] { gone = true; });
    run();
  }

  /// Lets the thread that runs longest end.
  void end_thread() {
    self->send(store, end_one{0});
    run();
  }

  size_t children() const {
    return directory->snapshot({.kind = "thread_sync", .key = {}, .parent = {}}).size();
  }

  database_fake database;
  database_actor database_handle;
  held_store store;
  completion_monitor_actor monitor;
  thread_dispatcher_actor dispatcher;
  thread_dispatcher_settings settings;
  std::shared_ptr<actor_directory> directory = std::make_shared<actor_directory>(clock());
  std::deque<caf::typed_response_promise<messages_stored>> open;
  int rows = 0;
  int claimed = 0;
  int wakeups = 0;
  bool held = true;
  bool gone = false;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(thread_dispatcher_test, fixture)

BOOST_AUTO_TEST_CASE(no_more_threads_run_than_the_window_allows) {
  rows = 100;
  start();
  BOOST_TEST(open.size() == 4u);
  BOOST_TEST(children() == 4u);
  BOOST_TEST(rows == 96);
}

BOOST_AUTO_TEST_CASE(a_claim_is_asked_for_when_enough_of_the_window_is_free) {
  rows = 100;
  start();
  end_thread();
  BOOST_TEST(database.asked<pg::claim_threads>().size() == 1u);
  end_thread();
  BOOST_REQUIRE(database.asked<pg::claim_threads>().size() == 2u);
  BOOST_TEST(database.asked<pg::claim_threads>()[1].limit == 2u);
  BOOST_TEST(open.size() == 4u);
}

BOOST_AUTO_TEST_CASE(all_rows_are_worked_through_and_the_monitor_hears_of_the_end) {
  held = false;
  rows = 23;
  start();
  BOOST_TEST(rows == 0);
  BOOST_TEST(calls.size() == 23u);
  BOOST_TEST(children() == 0u);
  BOOST_TEST(wakeups == 1);
}

BOOST_AUTO_TEST_CASE(looks_that_find_nothing_do_not_bother_the_monitor) {
  start();
  BOOST_TEST(wakeups == 1); // what an earlier run ended

  for (int i = 0; i < 10; ++i)
    advance(5s);

  BOOST_TEST(database.asked<pg::claim_threads>().size() > 10u);
  BOOST_TEST(wakeups == 1);
}

BOOST_AUTO_TEST_CASE(the_monitor_hears_of_a_failed_thread_when_that_is_written) {
  answer = [](const call_grant&) -> caf::result<api_answered> { return an_answer(404, "{}"); };
  start();
  wakeups = 0;
  rows = 1;
  int at_writing = -1;
  self->send(dispatcher, threads_available{});
  run();
  database.during_query = [&] { at_writing = wakeups; };

  advance(20ms);

  BOOST_REQUIRE(database.asked<pg::fail_threads>().size() == 1u);
  BOOST_TEST(at_writing == 0);
  BOOST_TEST(wakeups == 1);
}

BOOST_AUTO_TEST_CASE(when_nothing_is_left_it_waits_for_a_wakeup) {
  start();
  BOOST_TEST(database.asked<pg::claim_threads>().size() == 1u);
  rows = 1;
  self->send(dispatcher, threads_available{});
  run();
  BOOST_TEST(open.size() == 1u);
}

BOOST_AUTO_TEST_CASE(when_the_wakeup_is_lost_the_tick_looks) {
  start();
  rows = 1;
  advance(4999ms);
  BOOST_TEST(open.empty());
  advance(1ms);
  BOOST_TEST(open.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_wakeup_during_a_claim_is_not_lost) {
  start();
  database.during_query = [this] { caf::anon_send(dispatcher, threads_available{}); };
  self->send(dispatcher, threads_available{});
  run();
  BOOST_TEST(database.asked<pg::claim_threads>().size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_crash_of_a_thread_is_a_failed_attempt_with_its_reason) {
  answer = [](const call_grant&) -> caf::result<api_answered> {
    // More than a page may hold: a promise of ours that the actor checks.
    std::string items;
    for (int i = 0; i < 501; ++i)
      items += (i > 0 ? "," : "") + a_message("m" + std::to_string(i));
    return an_answer(200, a_page(items));
  };
  rows = 1;
  start();
  advance(20ms);

  BOOST_TEST(!gone);
  BOOST_TEST(children() == 0u);
  BOOST_REQUIRE(database.asked<pg::fail_threads>().size() == 1u);
  auto failure = database.asked<pg::fail_threads>()[0].failures.at(0);
  BOOST_TEST(failure.claim.thread.value == "t1");
  BOOST_TEST(failure.reason.starts_with("thread_sync: crashed: "), failure.reason);
  BOOST_TEST(!failure.permanent);
  BOOST_TEST(!failure.throttled);

  rows = 1;
  held = false;
  answers({an_answer(200, a_page(""))});
  advance(5s);
  BOOST_TEST(rows == 0);
}

BOOST_AUTO_TEST_CASE(a_crash_of_a_thread_is_recorded_with_what_it_was_doing) {
  answer = [](const call_grant&) -> caf::result<api_answered> {
    std::string items;
    for (int i = 0; i < 501; ++i)
      items += (i > 0 ? "," : "") + a_message("m" + std::to_string(i));
    return an_answer(200, a_page(items));
  };
  rows = 1;
  start();
  auto failures = directory->failures();
  BOOST_REQUIRE(failures.size() == 1u);
  BOOST_TEST(failures[0].name.kind == "thread_sync");
  BOOST_TEST(failures[0].name.key == "t1");
  BOOST_TEST(failures[0].reason.starts_with("crashed: "));
  BOOST_TEST(failures[0].doing == "fetching messages");
}

BOOST_AUTO_TEST_CASE(its_children_end_with_it) {
  rows = 4;
  start();
  BOOST_TEST(children() == 4u);
  self->send_exit(dispatcher, caf::make_error(ec::crashed));
  run();
  BOOST_TEST(gone);
  BOOST_TEST(children() == 0u);
}

BOOST_AUTO_TEST_CASE(a_shutdown_waits_for_what_runs_and_claims_nothing_more) {
  rows = 100;
  start();
  self->send_exit(dispatcher, caf::exit_reason::user_shutdown);
  run();
  for (int i = 0; i < 3; ++i)
    end_thread();
  BOOST_TEST(!gone);
  end_thread();
  BOOST_TEST(gone);
  BOOST_TEST(rows == 96);
}

BOOST_AUTO_TEST_CASE(a_shutdown_writes_the_failures_first) {
  refuses(ec::grant_paused);
  rows = 1;
  start();
  self->send_exit(dispatcher, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(!gone);
  advance(20ms);
  BOOST_TEST(database.asked<pg::fail_threads>().size() == 1u);
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(a_shutdown_does_not_wait_for_ever_for_a_database_that_stays_away) {
  refuses(ec::grant_paused);
  rows = 1;
  start();
  database.away = true;
  self->send_exit(dispatcher, caf::exit_reason::user_shutdown);
  for (int i = 0; i < 14; ++i)
    advance(1s);
  BOOST_TEST(!gone);
  BOOST_TEST(database.asked<pg::fail_threads>().size() > 10u);
  for (int i = 0; i < 6; ++i)
    advance(1s);
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(a_shutdown_does_not_wait_for_ever_for_a_thread) {
  rows = 1;
  start();
  self->send_exit(dispatcher, caf::exit_reason::user_shutdown);
  for (int i = 0; i < 6; ++i)
    advance(5s);
  BOOST_TEST(gone);
  BOOST_TEST(children() == 0u);
}

BOOST_AUTO_TEST_CASE(a_thread_that_takes_too_long_goes_back_to_the_queue) {
  settings.thread_limit = 20s;
  rows = 1;
  start();
  for (int i = 0; i < 3; ++i)
    advance(5s);
  BOOST_TEST(children() == 1u);
  BOOST_TEST(database.asked<pg::fail_threads>().empty());
  for (int i = 0; i < 2; ++i)
    advance(5s);
  BOOST_TEST(children() == 0u);
  BOOST_REQUIRE(database.asked<pg::fail_threads>().size() == 1u);
  BOOST_TEST(database.asked<pg::fail_threads>()[0].failures.at(0).throttled);
  BOOST_TEST(database.asked<pg::fail_threads>()[0].failures.at(0).reason == "it took too long");
}

BOOST_AUTO_TEST_CASE(threads_of_a_cancelled_backfill_are_worked_at_no_longer) {
  rows = 2;
  start();
  BOOST_TEST(children() == 2u);
  database.on<pg::cancelled_backfills>([](const auto& asked) { return asked.configs; });
  for (int i = 0; i < 2; ++i)
    advance(5s);
  BOOST_TEST(children() == 0u);
  BOOST_REQUIRE(!database.asked<pg::fail_threads>().empty());
  auto given_up = database.asked<pg::fail_threads>()[0].failures;
  BOOST_REQUIRE(given_up.size() == 2u);
  BOOST_TEST(given_up[0].throttled); // no attempt is used
  BOOST_TEST(given_up[0].reason == "its backfill was cancelled");
}

BOOST_AUTO_TEST_CASE(a_shutdown_during_a_claim_that_fails_ends_it) {
  start();
  database.away = true;
  database.during_query = [this] {
    caf::anon_send_exit(dispatcher, caf::exit_reason::user_shutdown);
  };
  self->send(dispatcher, threads_available{});
  run();
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(it_gives_back_what_an_earlier_life_held_before_it_claims) {
  database.away = true;
  rows = 1;
  start();
  BOOST_TEST(database.asked<pg::release_threads>().size() == 1u);
  BOOST_TEST(database.asked<pg::claim_threads>().empty());

  database.away = false;
  advance(1s);
  BOOST_TEST(database.asked<pg::release_threads>().size() == 2u);
  BOOST_TEST(database.asked<pg::claim_threads>().size() == 1u);
  BOOST_TEST(open.size() == 1u);
}

BOOST_AUTO_TEST_CASE(how_a_thread_ended_decides_whether_an_attempt_is_counted) {
  auto too_large = an_answer(200, "");
  too_large.too_large = true;
  answers({an_answer(429, an_error("rate_limit_error", "slow")),
           an_answer(500, an_error("api.internal_error", "oops")), too_large});
  rows = 3;
  start();
  advance(20ms);
  BOOST_REQUIRE(database.asked<pg::fail_threads>().size() == 1u);
  auto ended = database.asked<pg::fail_threads>()[0].failures;
  BOOST_REQUIRE(ended.size() == 3u);
  BOOST_TEST((ended[0].throttled && !ended[0].permanent));
  BOOST_TEST((!ended[1].throttled && !ended[1].permanent));
  BOOST_TEST(ended[1].reason == "HTTP 500 api.internal_error: oops");
  BOOST_TEST((!ended[2].throttled && ended[2].permanent));
}

BOOST_AUTO_TEST_CASE(failures_are_kept_until_the_database_takes_them) {
  refuses(ec::grant_paused);
  rows = 1;
  start();
  database.away = true;
  advance(20ms);
  BOOST_TEST(database.asked<pg::fail_threads>().size() == 1u);
  database.away = false;
  advance(1s);
  BOOST_REQUIRE(database.asked<pg::fail_threads>().size() == 2u);
  BOOST_TEST(database.asked<pg::fail_threads>()[1].failures.at(0).throttled);
}

BOOST_AUTO_TEST_CASE(many_failures_are_one_statement) {
  settings.window = 50;
  refuses(ec::grant_paused);
  rows = 49;
  start();
  advance(20ms);
  BOOST_REQUIRE(database.asked<pg::fail_threads>().size() == 1u);
  BOOST_TEST(database.asked<pg::fail_threads>()[0].failures.size() == 49u);
}

BOOST_AUTO_TEST_CASE(with_a_thread_delay_one_thread_runs_at_a_time) {
  settings.thread_delay = 100ms;
  rows = 3;
  start();
  BOOST_TEST(open.size() == 1u);
  end_thread();
  advance(99ms);
  BOOST_TEST(open.empty());
  advance(1ms);
  BOOST_TEST(open.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_wakeup_does_not_shorten_the_thread_delay) {
  settings.thread_delay = 100ms;
  rows = 3;
  start();
  end_thread();
  advance(50ms);
  self->send(dispatcher, threads_available{});
  run();
  advance(49ms);
  BOOST_TEST(open.empty());
  advance(1ms);
  BOOST_TEST(open.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_later_failure_does_not_put_off_the_look_for_an_earlier_one) {
  auto throttled = [](const char* seconds) {
    auto answer = an_answer(429, an_error("rate_limit_error", "slow"));
    answer.retry_after = seconds;
    return answer;
  };
  answers({throttled("2"), throttled("4"), an_answer(200, a_page(""))});
  rows = 1;
  start();
  rows = 1;
  advance(1s);
  self->send(dispatcher, threads_available{});
  run();
  BOOST_TEST(calls.size() == 2u);
  rows = 1;
  // The first one's two seconds and what it takes to write the failure.
  advance(1100ms);
  BOOST_TEST(calls.size() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
