#include "actors/wakeups.hpp"

#include "pg/platform/notify.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/database_fake.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

using namespace nova;

namespace {

struct fixture : test::actor_fixture {
  fixture() {
    database.take<pg::notify>();
    handle = database.spawn(system);
    wakeup = system.spawn(wakeups, directory_slot{}, handle);
  }

  ~fixture() {
    self->send_exit(wakeup, caf::exit_reason::kill);
    self->send_exit(handle, caf::exit_reason::kill);
  }

  threads_wakeup_actor counting(int& count) {
    return system.spawn([&count]() -> threads_wakeup_actor::behavior_type {
      return {
        [&count](threads_available) { ++count; },
      };
    });
  }

  completion_wakeup_actor counting_completions(int& count) {
    return system.spawn([&count]() -> completion_wakeup_actor::behavior_type {
      return {
        [&count](check_completion) { ++count; },
      };
    });
  }

  test::database_fake database;
  database_actor handle;
  wakeups_actor wakeup;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wakeups_test, fixture)

BOOST_AUTO_TEST_CASE(a_wakeup_that_nobody_wants_is_dropped) {
  self->send(wakeup, threads_available{});
  self->send(wakeup, completion_announced{});
  self->send(wakeup, queue_woken{"a"});
  run();
  int heard = 0;
  auto late = counting(heard);

  self->send(wakeup, threads_wakeup_wanted{late});
  run();

  BOOST_TEST(heard == 0);
}

BOOST_AUTO_TEST_CASE(the_last_one_that_wants_a_wakeup_hears_it) {
  int first = 0;
  int second = 0;
  auto old = counting(first);
  auto current = counting(second);
  self->send(wakeup, threads_wakeup_wanted{old});
  self->send(wakeup, threads_wakeup_wanted{current});

  self->send(wakeup, threads_available{});
  run();

  BOOST_TEST(first == 0);
  BOOST_TEST(second == 1);
}

BOOST_AUTO_TEST_CASE(a_completion_that_nobody_here_judges_is_announced_to_the_cluster) {
  self->send(wakeup, check_completion{});
  run();

  BOOST_REQUIRE(database.asked<pg::notify>().size() == 1u);
  BOOST_TEST(database.asked<pg::notify>()[0].channel == "nova_completion");
}

BOOST_AUTO_TEST_CASE(an_announced_completion_is_not_announced_again) {
  int heard = 0;

  self->send(wakeup, completion_announced{});
  run();
  self->send(wakeup, completion_wakeup_wanted{counting_completions(heard)});
  self->send(wakeup, completion_announced{});
  run();

  BOOST_TEST(heard == 1);
  BOOST_TEST(database.asked<pg::notify>().empty());
}

BOOST_AUTO_TEST_CASE(a_completion_is_announced_once_nobody_here_judges_it_any_more) {
  int heard = 0;
  auto monitor = counting_completions(heard);
  self->send(wakeup, completion_wakeup_wanted{monitor});
  self->send(wakeup, check_completion{});
  run();
  BOOST_TEST(heard == 1);
  BOOST_TEST(database.asked<pg::notify>().empty());

  self->send_exit(monitor, caf::exit_reason::user_shutdown);
  run();
  self->send(wakeup, check_completion{});
  run();

  BOOST_TEST(database.asked<pg::notify>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_end_of_an_earlier_monitor_does_not_take_its_successor_away) {
  int heard = 0;
  auto earlier = counting_completions(heard);
  self->send(wakeup, completion_wakeup_wanted{earlier});
  self->send(wakeup, completion_wakeup_wanted{counting_completions(heard)});
  run();

  self->send_exit(earlier, caf::exit_reason::user_shutdown);
  run();
  self->send(wakeup, check_completion{});
  run();

  BOOST_TEST(heard == 1);
}

BOOST_AUTO_TEST_CASE(wakeups_during_an_announcement_make_one_more) {
  database.during_query = [this] {
    for (int i = 0; i < 5; ++i)
      self->send(wakeup, check_completion{});
  };
  self->send(wakeup, check_completion{});
  run();

  BOOST_TEST(database.asked<pg::notify>().size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_announcement_that_fails_does_not_stop_the_next) {
  database.away = true;
  self->send(wakeup, check_completion{});
  run();
  database.away = false;

  self->send(wakeup, check_completion{});
  run();

  BOOST_TEST(database.asked<pg::notify>().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_queue_wakes_its_own_reader) {
  std::vector<std::string> heard;
  auto reader = system.spawn([&heard]() -> queue_wakeup_actor::behavior_type {
    return {
      [&heard](const queue_woken& wakeup) { heard.push_back(wakeup.queue); },
    };
  });
  self->send(wakeup, queue_wakeup_wanted{"b", reader});

  self->send(wakeup, queue_woken{"a"});
  self->send(wakeup, queue_woken{"b"});
  run();

  BOOST_TEST(heard == std::vector<std::string>{"b"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
