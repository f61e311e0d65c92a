#include "base/backoff.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(backoff_test)

BOOST_AUTO_TEST_CASE(delays_double_within_their_jitter) {
  std::mt19937_64 random{7};
  base::backoff policy{100ms, 10s, 2.0, 0.25};
  for (int round = 0; round < 200; ++round) {
    auto third = policy.delay(2, random);
    BOOST_TEST((third >= 300ms && third <= 500ms));
  }
}

BOOST_AUTO_TEST_CASE(no_delay_exceeds_the_longest_even_after_a_thousand_tries) {
  std::mt19937_64 random{7};
  base::backoff policy{100ms, 10s, 2.0, 0.25};
  for (auto attempt : {20u, 64u, 1000u, 4'000'000'000u}) {
    auto delay = policy.delay(attempt, random);
    BOOST_TEST((delay >= 7s && delay <= 10s));
  }
}

BOOST_AUTO_TEST_SUITE_END()
