#include "actors/maintenance.hpp"

#include "messages/error_code.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/database_fake.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>

#include <map>

using namespace nova;
using namespace std::chrono_literals;

namespace {

/// A database that counts what it is asked for, takes its time and may be away.
struct fixture : test::actor_fixture {
  fixture() {
    fake.on<run_maintenance>([this](const run_maintenance& query) -> caf::expected<uint64_t> {
      ++asked[query.task];
      if (away)
        return caf::make_error(ec::database_unavailable);
      now += takes;
      return uint64_t{1};
    });
    database = fake.spawn(system);
    upkeep = system.spawn(maintenance, directory_slot{}, database, clock(), settings);
    run();
  }

  ~fixture() {
    self->send_exit(upkeep, caf::exit_reason::kill);
    self->send_exit(database, caf::exit_reason::kill);
    run();
  }

  int fills() {
    return asked[maintenance_task::fill_search];
  }

  std::map<maintenance_task, int> asked;
  std::chrono::milliseconds takes{0};
  bool away = false;
  maintenance_settings settings;
  test::database_fake fake;
  database_actor database;
  maintenance_actor upkeep;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(maintenance_test, fixture)

BOOST_AUTO_TEST_CASE(while_it_is_suspended_nothing_is_done) {
  nova::control(caf::actor_cast<caf::strong_actor_ptr>(upkeep), actor_control::suspend);
  advance(1h);
  BOOST_TEST(fills() == 1);
  nova::control(caf::actor_cast<caf::strong_actor_ptr>(upkeep), actor_control::wake);
  run();
  BOOST_TEST(fills() == 2);
}

BOOST_AUTO_TEST_CASE(each_task_runs_at_the_start_and_on_its_interval) {
  BOOST_TEST(fills() == 1);
  BOOST_TEST(asked[maintenance_task::prune] == 1);
  advance(999ms);
  BOOST_TEST(fills() == 1);
  advance(1ms);
  BOOST_TEST(fills() == 2);
  advance(1h);
  BOOST_TEST(asked[maintenance_task::prune] == 2);
}

BOOST_AUTO_TEST_CASE(what_workers_of_other_systems_left_behind_is_tidied) {
  BOOST_TEST(asked[maintenance_task::messenger_rescue] == 1);
  BOOST_TEST(asked[maintenance_task::messenger_prune] == 1);
  BOOST_TEST(asked[maintenance_task::close_lost_syncs] == 1);
  advance(10s);
  BOOST_TEST(asked[maintenance_task::messenger_rescue] == 2);
  advance(20s);
  BOOST_TEST(asked[maintenance_task::close_lost_syncs] == 2);
  advance(10min);
  BOOST_TEST(asked[maintenance_task::messenger_prune] == 2);
}

BOOST_AUTO_TEST_CASE(its_row_says_when_each_task_ended_last) {
  actor_directory actors;
  auto slot = actors.open({"maintenance", "", ""});
  auto shown = system.spawn(maintenance, slot, database, clock(), settings);
  run();
  for (const auto* task :
       {"fill_search ", "prune ", "messenger_rescue ", "messenger_prune ", "close_lost_syncs "})
    BOOST_TEST(slot.doing().find(task) != std::string::npos, slot.doing());
  away = true;
  advance(10s);
  BOOST_TEST(slot.doing().find("failed") != std::string::npos, slot.doing());
  self->send_exit(shown, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_CASE(a_statement_that_took_long_is_followed_by_a_longer_pause) {
  takes = 400ms;
  advance(1s);
  BOOST_TEST(fills() == 2);
  advance(3599ms);
  BOOST_TEST(fills() == 2);
  advance(1ms);
  BOOST_TEST(fills() == 3);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_away_is_asked_again_later_and_the_tasks_go_on) {
  away = true;
  advance(1s);
  BOOST_TEST(fills() == 2);
  advance(29s);
  BOOST_TEST(fills() == 2);
  away = false;
  advance(1s);
  BOOST_TEST(fills() == 3);
  advance(1s);
  BOOST_TEST(fills() == 4);
}

BOOST_AUTO_TEST_SUITE_END()
