#include "nylas/price_list.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using nylas::billed_call;

BOOST_AUTO_TEST_SUITE(price_list_test)

BOOST_AUTO_TEST_CASE(a_list_costs_as_much_as_all_that_is_in_it) {
  const nylas::price_list prices;
  BOOST_TEST(prices.of(billed_call::message, 1) == 20);
  BOOST_TEST(prices.of(billed_call::messages, 100) == 2005);
  BOOST_TEST(prices.of(billed_call::threads, 50) == 2005);
  BOOST_TEST(prices.of(billed_call::attachment, 1) == 20);
}

BOOST_AUTO_TEST_CASE(a_list_that_has_less_than_it_may_costs_no_less_for_each) {
  nylas::price_list prices;
  for (int i = 0; i < 20; ++i)
    prices.learn(billed_call::messages, 5 + 20 * 3, 4, 100);
  BOOST_TEST(prices.of(billed_call::messages, 100) == 2005);
}

BOOST_AUTO_TEST_CASE(another_price_is_learnt_within_a_few_answers_and_is_that_call_s_alone) {
  nylas::price_list prices;
  for (int i = 0; i < 8; ++i)
    prices.learn(billed_call::messages, 4 * 2005, 101, 100);
  BOOST_TEST(prices.of(billed_call::messages, 100) == 8020, boost::test_tools::tolerance(0.02));
  BOOST_TEST(prices.of(billed_call::threads, 50) == 2005);
  // That of older projects.
  for (int i = 0; i < 8; ++i)
    prices.learn(billed_call::message, 5, 1, 1);
  BOOST_TEST(prices.of(billed_call::message, 1) == 5, boost::test_tools::tolerance(0.02));
}

BOOST_AUTO_TEST_CASE(an_empty_list_says_nothing_of_others) {
  nylas::price_list prices;
  prices.learn(billed_call::messages, 5, 1, 100);
  prices.learn(billed_call::messages, 0, 0, 100);
  BOOST_TEST(prices.of(billed_call::messages, 100) == 2005);
}

BOOST_AUTO_TEST_CASE(without_the_count_of_requests_only_what_is_dearer_is_learnt) {
  nylas::price_list prices;
  prices.learn(billed_call::messages, 65, {}, 100);
  BOOST_TEST(prices.of(billed_call::messages, 100) == 2005);
  for (int i = 0; i < 8; ++i)
    prices.learn(billed_call::messages, 4010, {}, 100);
  BOOST_TEST(prices.of(billed_call::messages, 100) == 4010, boost::test_tools::tolerance(0.02));
}

BOOST_AUTO_TEST_CASE(an_absurd_answer_moves_a_price_no_further_than_thirty_two_times) {
  nylas::price_list prices;
  for (int i = 0; i < 20; ++i)
    prices.learn(billed_call::message, 1e9, 1, 1);
  BOOST_TEST(prices.of(billed_call::message, 1) == 640);
}

BOOST_AUTO_TEST_CASE(who_never_says_a_price_is_not_guessed_at) {
  nylas::price_list prices;
  BOOST_TEST(prices.said_nothing());
  BOOST_TEST(prices.of(billed_call::messages, 100) == 1);
  prices.learn(billed_call::message, 20, 1, 1);
  BOOST_TEST(prices.of(billed_call::messages, 100) == 2005);
  // One answer without a price changes nothing of what was told.
  BOOST_TEST(!prices.said_nothing());
  BOOST_TEST(prices.of(billed_call::messages, 100) == 2005);
}

BOOST_AUTO_TEST_SUITE_END()
