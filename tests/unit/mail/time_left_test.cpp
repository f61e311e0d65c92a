#include "mail/time_left.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

using namespace nova;
using namespace std::chrono_literals;

namespace {

const work_trace::time_point start{1'800'000'000'000ms};

/// Looks every five seconds at work of that rate.
struct watched {
  void look(int times, double a_second, bool running = true) {
    for (int i = 0; i < times; ++i) {
      at += 5s;
      done += 5 * a_second;
      trace.add(at, done, running);
    }
  }

  work_trace trace = [] {
    work_trace made;
    made.add(start, 0, true);
    return made;
  }();
  work_trace::time_point at = start;
  double done = 0;
};

double expected(const work_trace& trace, double left) {
  auto time = trace.time_for(left, 0);
  BOOST_REQUIRE(time);
  return static_cast<double>(time->expected.count());
}

} // namespace

BOOST_AUTO_TEST_SUITE(time_left_test)

BOOST_AUTO_TEST_CASE(nothing_is_said_before_anything_is_done) {
  watched idle;
  BOOST_TEST(!idle.trace.time_for(100, 0));
  idle.look(10, 0);
  BOOST_TEST(!idle.trace.time_for(100, 0));
}

BOOST_AUTO_TEST_CASE(work_that_goes_evenly_takes_what_is_left_over_its_rate) {
  watched even;
  even.look(40, 4);
  BOOST_TEST(expected(even.trace, 4000) == 1000, boost::test_tools::tolerance(0.06));
}

BOOST_AUTO_TEST_CASE(the_expected_time_is_within_its_range) {
  watched even;
  even.look(40, 4);
  auto time = *even.trace.time_for(4000, 0.1);
  BOOST_TEST((time.low < time.expected && time.expected < time.high));
  BOOST_TEST((even.trace.time_for(4000, 0.3)->high > time.high));
}

BOOST_AUTO_TEST_CASE(time_in_which_it_was_held_is_of_no_account) {
  watched held;
  held.look(20, 4);
  auto before = held.trace.rate();
  held.look(1000, 0, false);
  BOOST_TEST(held.trace.rate() == before);
  held.look(20, 4);
  BOOST_TEST(held.trace.rate() == before, boost::test_tools::tolerance(0.05));
}

BOOST_AUTO_TEST_CASE(time_in_which_nobody_looked_is_of_no_account) {
  watched left;
  left.look(20, 4);
  left.at += 2h;
  left.look(20, 4);
  BOOST_TEST(left.trace.rate() == 4, boost::test_tools::tolerance(0.06));
}

BOOST_AUTO_TEST_CASE(work_that_stops_makes_the_range_longer_at_once) {
  watched stopping;
  stopping.look(40, 4);
  auto before = *stopping.trace.time_for(4000, 0.05);
  stopping.look(3, 0);
  auto after = *stopping.trace.time_for(4000, 0.05);
  BOOST_TEST((after.high > 3 * before.high));
}

BOOST_AUTO_TEST_CASE(a_rate_that_changed_forgets_what_was_before) {
  watched changing;
  changing.look(300, 8);
  changing.look(60, 2);
  BOOST_TEST(changing.trace.rate() == 2, boost::test_tools::tolerance(0.05));
  changing.look(60, 6);
  BOOST_TEST(changing.trace.rate() == 6, boost::test_tools::tolerance(0.05));
}

BOOST_AUTO_TEST_CASE(what_is_kept_is_bounded_and_goes_on_as_if_nothing_had_been) {
  watched one;
  for (int round = 0; round < 200; ++round)
    one.look(20, 3 + round % 3);
  auto kept = one.trace.kept();
  BOOST_TEST(kept.size() <= 150u);
  work_trace again{kept};
  BOOST_TEST(again.kept() == kept, boost::test_tools::per_element());
  again.add(one.at + 5s, one.done + 20, true);
  one.look(1, 4);
  BOOST_TEST(again.rate() == one.trace.rate());
}

BOOST_AUTO_TEST_CASE(what_is_no_trace_begins_anew) {
  auto sound = [] {
    watched one;
    one.look(5, 4);
    return one.trace.kept();
  }();
  auto odd = sound;
  odd.pop_back();
  auto negative = sound;
  negative.back() = -1;
  auto infinite = sound;
  infinite[1] = std::numeric_limits<double>::infinity();
  for (const auto& bad : {std::vector<double>{}, std::vector<double>{1, 2}, odd, negative, infinite,
                          std::vector<double>(301, 1)})
    BOOST_TEST(work_trace{bad}.kept().empty());
  BOOST_TEST(!work_trace{sound}.kept().empty());
}

BOOST_AUTO_TEST_CASE(a_clock_that_steps_back_costs_one_look) {
  watched one;
  one.look(20, 4);
  one.at -= 1h;
  one.look(20, 4);
  BOOST_TEST(one.trace.rate() == 4, boost::test_tools::tolerance(0.06));
}

BOOST_AUTO_TEST_SUITE_END()
