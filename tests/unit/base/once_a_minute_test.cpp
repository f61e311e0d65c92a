#include "base/once_a_minute.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(once_a_minute_test)

BOOST_AUTO_TEST_CASE(what_repeats_is_told_at_first_and_then_once_a_minute_with_how_often) {
  base::once_a_minute log;
  base::monotonic_time now{};
  BOOST_TEST(log.due("refused", now) == 1U);
  for (int i = 0; i < 59; ++i)
    BOOST_TEST(log.due("refused", now += 1s) == 0U);

  BOOST_TEST(log.due("refused", now += 1s) == 60U);
  BOOST_TEST(log.due("refused", now += 60s) == 1U);
}

BOOST_AUTO_TEST_CASE(another_text_is_told_at_once) {
  base::once_a_minute log;
  base::monotonic_time now{};
  BOOST_TEST(log.due("refused", now) == 1U);

  BOOST_TEST(log.due("timed out", now) == 1U);
}

BOOST_AUTO_TEST_CASE(of_many_texts_the_one_that_was_told_longest_ago_is_forgotten) {
  base::once_a_minute log;
  base::monotonic_time now{};
  for (int i = 0; i < 65; ++i)
    BOOST_TEST(log.due(std::to_string(i), now += 1ms) == 1U);

  BOOST_TEST(log.due("64", now) == 0U);
  BOOST_TEST(log.due("0", now) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
