#include "actors/hints.hpp"

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
    hint = system.spawn(hints, base::directory_slot{}, handle);
  }

  ~fixture() {
    self->send_exit(hint, caf::exit_reason::kill);
    self->send_exit(handle, caf::exit_reason::kill);
  }

  threads_hint_actor counting(int& count) {
    return system.spawn([&count]() -> threads_hint_actor::behavior_type {
      return {
        [&count](threads_available) { ++count; },
      };
    });
  }

  completion_hint_actor counting_completions(int& count) {
    return system.spawn([&count]() -> completion_hint_actor::behavior_type {
      return {
        [&count](check_completion) { ++count; },
      };
    });
  }

  test::database_fake database;
  database_actor handle;
  hints_actor hint;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(hints_test, fixture)

BOOST_AUTO_TEST_CASE(a_hint_that_nobody_wants_is_dropped) {
  self->send(hint, threads_available{});
  self->send(hint, completion_announced{});
  self->send(hint, queue_woken{"a"});
  run();
  int heard = 0;
  auto late = counting(heard);

  self->send(hint, threads_hint_wanted{late});
  run();

  BOOST_TEST(heard == 0);
}

BOOST_AUTO_TEST_CASE(the_last_one_that_wants_a_hint_hears_it) {
  int first = 0;
  int second = 0;
  auto old = counting(first);
  auto current = counting(second);
  self->send(hint, threads_hint_wanted{old});
  self->send(hint, threads_hint_wanted{current});

  self->send(hint, threads_available{});
  run();

  BOOST_TEST(first == 0);
  BOOST_TEST(second == 1);
}

BOOST_AUTO_TEST_CASE(a_completion_that_nobody_here_judges_is_announced_to_the_cluster) {
  self->send(hint, check_completion{});
  run();

  BOOST_REQUIRE(database.asked<pg::notify>().size() == 1u);
  BOOST_TEST(database.asked<pg::notify>()[0].channel == "nova_completion");
}

BOOST_AUTO_TEST_CASE(an_announced_completion_is_not_announced_again) {
  int heard = 0;

  self->send(hint, completion_announced{});
  run();
  self->send(hint, completion_hint_wanted{counting_completions(heard)});
  self->send(hint, completion_announced{});
  run();

  BOOST_TEST(heard == 1);
  BOOST_TEST(database.asked<pg::notify>().empty());
}

BOOST_AUTO_TEST_CASE(a_completion_is_announced_once_nobody_here_judges_it_any_more) {
  int heard = 0;
  auto monitor = counting_completions(heard);
  self->send(hint, completion_hint_wanted{monitor});
  self->send(hint, check_completion{});
  run();
  BOOST_TEST(heard == 1);
  BOOST_TEST(database.asked<pg::notify>().empty());

  self->send_exit(monitor, caf::exit_reason::user_shutdown);
  run();
  self->send(hint, check_completion{});
  run();

  BOOST_TEST(database.asked<pg::notify>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_end_of_an_earlier_monitor_does_not_take_its_successor_away) {
  int heard = 0;
  auto earlier = counting_completions(heard);
  self->send(hint, completion_hint_wanted{earlier});
  self->send(hint, completion_hint_wanted{counting_completions(heard)});
  run();

  self->send_exit(earlier, caf::exit_reason::user_shutdown);
  run();
  self->send(hint, check_completion{});
  run();

  BOOST_TEST(heard == 1);
}

BOOST_AUTO_TEST_CASE(hints_during_an_announcement_make_one_more) {
  database.during_query = [this] {
    for (int i = 0; i < 5; ++i)
      self->send(hint, check_completion{});
  };
  self->send(hint, check_completion{});
  run();

  BOOST_TEST(database.asked<pg::notify>().size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_announcement_that_fails_does_not_stop_the_next) {
  database.away = true;
  self->send(hint, check_completion{});
  run();
  database.away = false;

  self->send(hint, check_completion{});
  run();

  BOOST_TEST(database.asked<pg::notify>().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_queue_wakes_its_own_reader) {
  std::vector<std::string> heard;
  auto reader = system.spawn([&heard]() -> queue_hint_actor::behavior_type {
    return {
      [&heard](const queue_woken& hint) { heard.push_back(hint.queue); },
    };
  });
  self->send(hint, queue_hint_wanted{"b", reader});

  self->send(hint, queue_woken{"a"});
  self->send(hint, queue_woken{"b"});
  run();

  BOOST_TEST(heard == std::vector<std::string>{"b"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
