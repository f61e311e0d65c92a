#include "actors/completion_monitor.hpp"

#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/backfill_database.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

struct fixture : test::actor_fixture {
  fixture() {
    database.on_refresh = [this]() -> caf::result<progress_refreshed> {
      ++looks;
      if (away)
        return ec::database_unavailable;
      return progress_refreshed{{progress}};
    };
    database.on_complete = [this] {
      ++completions;
      return backfill_completed{true};
    };
    progress.config = config_id{"c"};
    progress.status = "thread_sync";
    progress.queued = 1;
    completion_monitor_settings settings;
    settings.interval = 5s;
    settings.second_look = 50ms;
    settings.recovery = false;
    monitor =
      system.spawn(completion_monitor, base::directory_slot{}, database.spawn(system), settings);
    run();
  }

  ~fixture() {
    self->send_exit(monitor, caf::exit_reason::user_shutdown);
    run();
  }

  test::backfill_database database;
  backfill_progress progress;
  int looks = 0;
  int completions = 0;
  bool away = false;
  completion_monitor_actor monitor;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(completion_monitor_test, fixture)

BOOST_AUTO_TEST_CASE(a_backfill_with_work_left_is_not_completed) {
  advance(5s);
  advance(5s);
  BOOST_TEST(looks == 3);
  BOOST_TEST(completions == 0);
}

BOOST_AUTO_TEST_CASE(it_takes_two_looks_in_a_row_to_complete) {
  progress.queued = 0;
  advance(5s);
  BOOST_TEST(completions == 0);

  advance(50ms);
  BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(work_that_came_between_the_two_looks_starts_the_count_anew) {
  progress.queued = 0;
  advance(5s);
  progress.queued = 1;
  advance(50ms);
  progress.queued = 0;
  advance(5s);
  BOOST_TEST(completions == 0);
}

BOOST_AUTO_TEST_CASE(a_hint_makes_it_look_at_once) {
  self->send(monitor, check_completion{0});
  run();
  BOOST_TEST(looks == 2);
}

BOOST_AUTO_TEST_CASE(while_the_database_is_away_it_looks_again_every_second) {
  away = true;
  advance(5s);
  advance(1s);
  advance(1s);
  BOOST_TEST(looks == 4);
}

BOOST_AUTO_TEST_SUITE_END()
