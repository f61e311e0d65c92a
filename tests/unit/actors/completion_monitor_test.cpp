#include "actors/completion_monitor.hpp"

#include "pg/email/backfill_work_of.hpp"
#include "pg/email/note_estimate.hpp"
#include "pg/email/recover_premature_completions.hpp"
#include "pg/email/refresh_progress.hpp"
#include "pg/email/revisit_threads.hpp"
#include "pg/email/try_complete_backfill.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/database_fake.hpp"
#include "tests/support/log_capture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

struct fixture : actor_fixture {
  fixture() {
    settings.recovery = false;
    database.on<pg::refresh_progress>([this](const auto&) { return progress; });
    database.on<pg::try_complete_backfill>([this](const auto&) { return completes; });
    database.answer<pg::revisit_threads>(0);
    database.answer<pg::recover_premature_completions>({});
    database.on<pg::backfill_work_of>([this](const auto&) { return look; });
    database.on<pg::note_estimate>([this](const pg::note_estimate& note) {
      if (look)
        look->trace = note.trace;
    });
    settings.wall = [this] { return wall; };
  }

  ~fixture() {
    self->send_exit(monitor, caf::exit_reason::kill);
    self->send_exit(handle, caf::exit_reason::kill);
    run();
  }

  void start() {
    handle = database.spawn(system);
    monitor = system.spawn(completion_monitor, directory_slot{}, handle, settings);
    run();
  }

  void shows(const std::string& status, uint64_t queued) {
    backfill_progress shown;
    shown.config.value = "c1";
    shown.status = status;
    shown.queued = queued;
    shown.completed = 5;
    progress = {shown};
  }

  void wakeup() {
    self->send(monitor, check_completion{});
    run();
  }

  base::metrics counted; // outlives the actor
  database_fake database;
  std::vector<backfill_progress> progress;
  bool completes = true;
  std::optional<pg::backfill_look> look; // nothing: it does not run
  base::wall_time wall{std::chrono::hours{480'000}};
  database_actor handle;
  completion_monitor_actor monitor;
  completion_monitor_settings settings;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(completion_monitor_test, fixture)

BOOST_AUTO_TEST_CASE(a_backfill_is_completed_at_the_second_look_that_finds_it_finished) {
  shows("thread_sync", 0);
  start();
  BOOST_TEST(database.asked<pg::try_complete_backfill>().empty());
  advance(50ms);
  BOOST_REQUIRE(database.asked<pg::try_complete_backfill>().size() == 1u);
  BOOST_TEST(database.asked<pg::try_complete_backfill>()[0].config.value == "c1");
}

BOOST_AUTO_TEST_CASE(the_log_says_once_a_minute_how_far_a_backfill_is) {
  log_capture log;
  shows("thread_sync", 50);
  progress[0].percent = 75;
  progress[0].completed = 150;
  progress[0].total = 200;
  const std::string said = "Config c1 | Status: thread_sync | Progress: 75% (150/200)";
  start();
  BOOST_TEST(log.times(said) == 1u, log.text());
  for (int i = 0; i < 11; ++i)
    advance(5s);
  BOOST_TEST(log.times(said) == 1u, log.text());
  advance(5s);
  BOOST_TEST(log.times(said) == 2u, log.text());
}

BOOST_AUTO_TEST_CASE(work_that_appears_between_the_looks_keeps_it_open) {
  shows("thread_sync", 0);
  start();
  shows("thread_sync", 1);
  advance(50ms);
  shows("thread_sync", 0);
  advance(5s);
  BOOST_TEST(database.asked<pg::refresh_progress>().size() == 3u);
  BOOST_TEST(database.asked<pg::try_complete_backfill>().empty());
  advance(50ms);
  BOOST_TEST(database.asked<pg::try_complete_backfill>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_still_lists_threads_is_never_completed) {
  shows("discovering", 0);
  start();
  advance(5s);
  advance(5s);
  BOOST_TEST(database.asked<pg::refresh_progress>().size() == 3u);
  BOOST_TEST(database.asked<pg::try_complete_backfill>().empty());
}

BOOST_AUTO_TEST_CASE(a_completion_that_the_database_denies_starts_over) {
  shows("thread_sync", 0);
  completes = false;
  start();
  advance(50ms);
  advance(5s);
  BOOST_TEST(database.asked<pg::try_complete_backfill>().size() == 1u);
  advance(50ms);
  BOOST_TEST(database.asked<pg::try_complete_backfill>().size() == 2u);
}

BOOST_AUTO_TEST_CASE(it_counts_at_its_interval_and_when_woken) {
  shows("thread_sync", 3);
  start();
  wakeup();
  BOOST_TEST(database.asked<pg::refresh_progress>().size() == 2u);
  advance(4999ms);
  BOOST_TEST(database.asked<pg::refresh_progress>().size() == 2u);
  advance(1ms);
  BOOST_TEST(database.asked<pg::refresh_progress>().size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_wakeup_during_a_count_is_not_lost) {
  shows("thread_sync", 3);
  start();
  database.during_query = [this] { caf::anon_send(monitor, check_completion{}); };
  wakeup();
  BOOST_TEST(database.asked<pg::refresh_progress>().size() == 2u);
  advance(50ms);
  BOOST_TEST(database.asked<pg::refresh_progress>().size() == 3u);
}

BOOST_AUTO_TEST_CASE(it_counts_again_when_the_database_is_back) {
  database.away = true;
  start();
  database.away = false;
  advance(1s);
  BOOST_TEST(database.asked<pg::refresh_progress>().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_look_for_premature_completions_is_repeated_even_after_an_error) {
  settings.recovery = true;
  database.away = true;
  start();
  BOOST_TEST(database.asked<pg::recover_premature_completions>().size() == 1u);
  database.away = false;
  database.answer<pg::recover_premature_completions>({config_id{"c1"}});
  advance(60s);
  BOOST_TEST(database.asked<pg::recover_premature_completions>().size() == 2u);
  advance(60s);
  BOOST_TEST(database.asked<pg::recover_premature_completions>().size() == 3u);
}

BOOST_AUTO_TEST_CASE(without_recovery_it_does_not_look) {
  start();
  advance(60s);
  BOOST_TEST(database.asked<pg::recover_premature_completions>().empty());
}

namespace {

/// A backfill of four windows that is looked at while its mail is listed.
struct listed_fixture : fixture {
  listed_fixture() {
    shows("discovering", 0);
    look.emplace();
    look->running = true;
    look->binds = "units";
    look->work.end = 4 * 1000;
    for (int64_t i = 0; i < 4; ++i)
      look->work.windows.push_back(
        {i * 1000, (i + 1) * 1000, false, false, false, 0, 0, 0, 0, 0, 0, 0});
    lists(0);
  }

  ~listed_fixture() {
    shows("discovering", 0);
  }

  /// The newest window is being listed.
  void lists(uint64_t messages) {
    auto& newest = look->work.windows.back();
    newest.begun = true;
    newest.messages = messages;
    newest.reached = 4000 - static_cast<int64_t>(messages) * 10;
  }

  pg::note_estimate last() {
    auto all = database.asked<pg::note_estimate>();
    BOOST_REQUIRE(!all.empty());
    return all.back();
  }

  void later(std::chrono::seconds time) {
    wall += time;
    advance(time);
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(each_look_at_a_backfill_says_how_far_it_is, listed_fixture) {
  start();
  BOOST_TEST(last().share == 0);
  BOOST_TEST(!last().left);
  lists(10);
  later(5s);
  lists(20);
  later(5s);
  BOOST_TEST(last().share == 20.0 / 640, boost::test_tools::tolerance(0.1));
  BOOST_TEST(last().binds == "units");
  BOOST_REQUIRE(last().left);
  BOOST_TEST(
    (last().left->low < last().left->expected && last().left->expected < last().left->high));
  BOOST_REQUIRE(last().usable);
  BOOST_TEST((*last().usable > 0s));
}

BOOST_FIXTURE_TEST_CASE(while_it_is_held_no_end_is_in_sight, listed_fixture) {
  start();
  lists(10);
  later(5s);
  look->running = false;
  look->binds = "provider";
  later(5s);
  BOOST_TEST(!last().left);
  BOOST_TEST(last().binds == "provider");
  BOOST_TEST(last().share > 0);
}

BOOST_FIXTURE_TEST_CASE(when_its_newest_mail_is_there_it_is_usable, listed_fixture) {
  for (auto& window : look->work.windows)
    window.messages_done = true;
  start();
  BOOST_REQUIRE(last().usable);
  BOOST_TEST((*last().usable == 0s));
}

BOOST_FIXTURE_TEST_CASE(one_that_is_over_is_not_estimated, listed_fixture) {
  look.reset();
  start();
  BOOST_TEST(database.asked<pg::note_estimate>().empty());
}

BOOST_FIXTURE_TEST_CASE(before_its_windows_are_planned_nothing_is_known, listed_fixture) {
  look->work.windows.clear();
  start();
  BOOST_TEST(last().share == 0);
  BOOST_TEST(!last().left);
  BOOST_TEST(!last().usable);
}

BOOST_FIXTURE_TEST_CASE(metrics_have_what_runs_by_what_binds_it_and_nothing_after_its_end,
                        listed_fixture) {
  settings.metrics = backfill_metrics{counted};
  start();
  lists(10);
  later(5s);
  lists(20);
  later(5s);
  later(5s);
  BOOST_TEST(counted.text().find("nova_backfills_running{binds=\"units\"} 1") != std::string::npos);
  BOOST_TEST(counted.text().find("nova_backfill_left_seconds 0") == std::string::npos);
  progress.clear();
  later(5s);
  BOOST_TEST(counted.text().find("nova_backfills_running{binds=\"units\"} 0") != std::string::npos);
  BOOST_TEST(counted.text().find("nova_backfill_left_seconds 0") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
