#include "actors/completion_monitor.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/unit/actors/backfill_fake.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

struct fixture : actor_fixture {
  fixture() {
    settings.recovery = false;
  }

  ~fixture() {
    self->send_exit(monitor, caf::exit_reason::kill);
    self->send_exit(handle, caf::exit_reason::kill);
    run();
  }

  void start() {
    handle = database.spawn(system);
    monitor = system.spawn(completion_monitor, base::directory_slot{}, handle, settings);
    run();
  }

  void shows(const std::string& status, uint64_t queued) {
    backfill_progress progress;
    progress.config.value = "c1";
    progress.status = status;
    progress.queued = queued;
    progress.completed = 5;
    database.progress.backfills = {progress};
  }

  void hint() {
    self->send(monitor, check_completion{0});
    run();
  }

  backfill_database_fake database;
  backfill_database_actor handle;
  completion_monitor_actor monitor;
  completion_monitor_settings settings;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(completion_monitor_test, fixture)

BOOST_AUTO_TEST_CASE(a_backfill_is_completed_at_the_second_look_that_finds_it_finished) {
  shows("thread_sync", 0);
  start();
  BOOST_TEST(database.completions.empty());
  advance(50ms);
  BOOST_REQUIRE(database.completions.size() == 1u);
  BOOST_TEST(database.completions[0].config.value == "c1");
}

BOOST_AUTO_TEST_CASE(work_that_appears_between_the_looks_keeps_it_open) {
  shows("thread_sync", 0);
  start();
  shows("thread_sync", 1);
  advance(50ms);
  shows("thread_sync", 0);
  advance(5s);
  BOOST_TEST(database.counts.size() == 3u);
  BOOST_TEST(database.completions.empty());
  advance(50ms);
  BOOST_TEST(database.completions.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_still_lists_threads_is_never_completed) {
  shows("discovering", 0);
  start();
  advance(5s);
  advance(5s);
  BOOST_TEST(database.counts.size() == 3u);
  BOOST_TEST(database.completions.empty());
}

BOOST_AUTO_TEST_CASE(a_completion_that_the_database_denies_starts_over) {
  shows("thread_sync", 0);
  database.completes = false;
  start();
  advance(50ms);
  advance(5s);
  BOOST_TEST(database.completions.size() == 1u);
  advance(50ms);
  BOOST_TEST(database.completions.size() == 2u);
}

BOOST_AUTO_TEST_CASE(it_counts_at_its_interval_and_when_hinted) {
  shows("thread_sync", 3);
  start();
  hint();
  BOOST_TEST(database.counts.size() == 2u);
  advance(4999ms);
  BOOST_TEST(database.counts.size() == 2u);
  advance(1ms);
  BOOST_TEST(database.counts.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_hint_during_a_count_is_not_lost) {
  shows("thread_sync", 3);
  start();
  database.during_request = [this] { caf::anon_send(monitor, check_completion{0}); };
  hint();
  BOOST_TEST(database.counts.size() == 2u);
  advance(50ms);
  BOOST_TEST(database.counts.size() == 3u);
}

BOOST_AUTO_TEST_CASE(it_counts_again_when_the_database_is_back) {
  database.away = true;
  start();
  database.away = false;
  advance(1s);
  BOOST_TEST(database.counts.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_look_for_premature_completions_is_repeated_even_after_an_error) {
  settings.recovery = true;
  database.away = true;
  start();
  BOOST_TEST(database.recoveries.size() == 1u);
  database.away = false;
  database.recovered.configs = {config_id{"c1"}};
  advance(60s);
  BOOST_TEST(database.recoveries.size() == 2u);
  advance(60s);
  BOOST_TEST(database.recoveries.size() == 3u);
}

BOOST_AUTO_TEST_CASE(without_recovery_it_does_not_look) {
  start();
  advance(60s);
  BOOST_TEST(database.recoveries.empty());
}

BOOST_AUTO_TEST_SUITE_END()
