#include "actors/hints.hpp"

#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

using namespace nova;

namespace {

struct fixture : test::actor_fixture {
  fixture() {
    hint = system.spawn(hints, base::directory_slot{});
  }

  ~fixture() {
    self->send_exit(hint, caf::exit_reason::kill);
  }

  threads_hint_actor counting(int& count) {
    return system.spawn([&count]() -> threads_hint_actor::behavior_type {
      return {
        [&count](threads_available) { ++count; },
      };
    });
  }

  hints_actor hint;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(hints_test, fixture)

BOOST_AUTO_TEST_CASE(a_hint_that_nobody_wants_is_dropped) {
  self->send(hint, threads_available{});
  self->send(hint, check_completion{});
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
