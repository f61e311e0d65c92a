#include "nylas/pacing.hpp"

#include "base/ensure.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <random>
#include <set>
#include <vector>

using namespace nova;
using namespace std::chrono_literals;
using nylas::lane;

namespace {

/// Time begins here and passes when a test says so.
struct fixture {
  nylas::pace::time_point now{std::chrono::hours{1000}};

  static nylas::pace_limits unlimited(int concurrency) {
    nylas::pace_limits limits;
    limits.concurrency_max = concurrency;
    limits.requests_per_second = 0;
    return limits;
  }

  static nylas::pace_limits in_units(double per_second, double burst) {
    auto limits = unlimited(8);
    limits.units_per_second = per_second;
    limits.units_burst = burst;
    return limits;
  }

  int start_as_many_as_possible(nylas::pace& pace, lane kind, double units = 1) {
    int started = 0;
    while (pace.try_start(kind, units, now) == 0ms)
      ++started;
    return started;
  }

  /// How long nobody may call, after a throttle.
  [[nodiscard]] std::chrono::milliseconds wait_of(nylas::pace& pace) const {
    return pace.try_start(lane::live, 1, now);
  }

  void succeed(nylas::pace& pace, int calls) {
    for (int i = 0; i < calls; ++i)
      pace.succeeded(1, {}, 100ms, now);
  }

  /// Raises the concurrency to its limit.
  void warm(nylas::pace& pace) {
    for (int i = 0; i < 10'000; ++i) {
      BOOST_REQUIRE((pace.try_start(lane::live, 0, now) == 0ms));
      pace.succeeded(0, {}, 100ms, now);
    }
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(pacing_test, fixture)

BOOST_AUTO_TEST_CASE(it_starts_with_four_at_once_of_which_one_is_kept_for_live_mail) {
  nylas::pace pace{unlimited(64)};
  BOOST_TEST(start_as_many_as_possible(pace, lane::backfill) == 3);
  BOOST_TEST(start_as_many_as_possible(pace, lane::live) == 1);
  BOOST_TEST(pace.running() == 4);
}

BOOST_AUTO_TEST_CASE(each_round_of_successes_adds_one_up_to_the_limit) {
  nylas::pace pace{unlimited(6)};
  BOOST_TEST(start_as_many_as_possible(pace, lane::live) == 4);
  succeed(pace, 3);
  BOOST_TEST(pace.concurrency() == 4);
  succeed(pace, 1);
  BOOST_TEST(start_as_many_as_possible(pace, lane::live) == 4);
  succeed(pace, 4);
  BOOST_TEST(pace.concurrency() == 5);
  for (int round = 0; round < 10; ++round)
    succeed(pace, start_as_many_as_possible(pace, lane::live));
  BOOST_TEST(pace.concurrency() == 6);
}

BOOST_AUTO_TEST_CASE(a_throttle_halves_the_concurrency_once_for_all_calls_under_way) {
  nylas::pace pace{unlimited(16)};
  warm(pace);
  BOOST_TEST(start_as_many_as_possible(pace, lane::live) == 16);
  for (int i = 0; i < 16; ++i)
    pace.throttled({}, now);
  BOOST_TEST(pace.concurrency() == 8);
}

BOOST_AUTO_TEST_CASE(however_often_it_is_throttled_one_call_stays) {
  nylas::pace pace{unlimited(4)};
  for (int i = 0; i < 20; ++i) {
    BOOST_REQUIRE((pace.try_start(lane::backfill, 1, now) == 0ms));
    pace.throttled({}, now);
    now += wait_of(pace);
  }
  BOOST_TEST(pace.concurrency() == 1);
}

BOOST_AUTO_TEST_CASE(retry_after_is_honoured_to_the_millisecond_by_both_lanes) {
  nylas::pace pace{unlimited(4)};
  BOOST_REQUIRE((pace.try_start(lane::live, 1, now) == 0ms));
  pace.throttled(30s, now);

  now += 10s;
  BOOST_TEST((pace.try_start(lane::live, 1, now) == 20s));
  BOOST_TEST((pace.try_start(lane::backfill, 1, now) == 20s));
  now += 20s - 1ms;
  BOOST_TEST((pace.try_start(lane::live, 1, now) == 1ms));
  now += 1ms;
  BOOST_TEST((pace.try_start(lane::live, 1, now) == 0ms));
}

BOOST_AUTO_TEST_CASE(a_longer_retry_after_of_the_same_round_wins) {
  nylas::pace pace{unlimited(4)};
  BOOST_TEST(start_as_many_as_possible(pace, lane::live) == 4);
  pace.throttled(5s, now);
  pace.throttled(60s, now);
  pace.throttled(1s, now);
  BOOST_TEST((wait_of(pace) == 60s));
}

BOOST_AUTO_TEST_CASE(without_retry_after_the_wait_grows_until_a_call_succeeds) {
  nylas::pace pace{unlimited(4)};
  std::vector<std::chrono::milliseconds> waits;
  auto throttle = [&] {
    BOOST_REQUIRE((pace.try_start(lane::live, 1, now) == 0ms));
    pace.throttled({}, now);
    waits.push_back(wait_of(pace));
    now += waits.back();
  };
  for (int i = 0; i < 12; ++i)
    throttle();
  BOOST_TEST((waits[0] >= 750ms && waits[0] <= 1250ms));
  BOOST_TEST((waits[3] >= 6s && waits[3] <= 10s));
  BOOST_TEST((waits[11] <= 75s));

  BOOST_REQUIRE((pace.try_start(lane::live, 1, now) == 0ms));
  pace.succeeded(1, {}, 1ms, now);
  throttle();
  BOOST_TEST((waits.back() <= 1250ms));
}

BOOST_AUTO_TEST_CASE(a_success_from_before_the_throttle_does_not_end_the_growth) {
  nylas::pace pace{unlimited(4)};
  BOOST_TEST(start_as_many_as_possible(pace, lane::live) == 4);
  pace.throttled({}, now);
  pace.succeeded(1, {}, 1ms, now);
  now += wait_of(pace);
  pace.throttled({}, now);
  BOOST_TEST((wait_of(pace) >= 1500ms));
}

BOOST_AUTO_TEST_CASE(grants_that_were_throttled_together_come_back_apart) {
  std::set<std::chrono::milliseconds> waits;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    nylas::pace pace{unlimited(4), seed};
    BOOST_REQUIRE((pace.try_start(lane::live, 1, now) == 0ms));
    pace.throttled({}, now);
    waits.insert(wait_of(pace));
  }
  BOOST_TEST(waits.size() > 5u);
}

BOOST_AUTO_TEST_CASE(units_are_spent_no_faster_than_they_come) {
  nylas::pace pace{in_units(100, 300)};
  warm(pace);
  double spent = 0;
  auto end = now + 60s;
  while (now < end) {
    auto wait = pace.try_start(lane::backfill, 20, now);
    if (wait == 0ms) {
      spent += 20;
      pace.succeeded(20, 20, 1ms, now);
    }
    now += std::max(wait, 1ms);
  }
  BOOST_TEST(spent <= 6300);
  BOOST_TEST(spent >= 6000);
}

BOOST_AUTO_TEST_CASE(a_call_dearer_than_the_bucket_starts_on_a_full_one_and_is_paid_off) {
  nylas::pace pace{in_units(100, 300)};
  BOOST_TEST((pace.try_start(lane::backfill, 1000, now) == 0ms));
  pace.succeeded(1000, {}, 1ms, now);
  // 240 are everybody's, so 760 are owed; the next page wants 240 again.
  BOOST_TEST((pace.try_start(lane::backfill, 1000, now) == 10s));
}

BOOST_AUTO_TEST_CASE(live_calls_get_through_while_backfill_pays_off_a_debt) {
  nylas::pace pace{in_units(100, 300)};
  BOOST_REQUIRE((pace.try_start(lane::backfill, 1000, now) == 0ms));
  pace.succeeded(1000, {}, 1ms, now);
  BOOST_TEST((pace.try_start(lane::backfill, 20, now) > 1s));
  BOOST_TEST(start_as_many_as_possible(pace, lane::live, 20) == 3);
}

BOOST_AUTO_TEST_CASE(a_fifth_of_the_income_is_for_live_mail_however_greedy_backfill_is) {
  nylas::pace pace{in_units(100, 300)};
  warm(pace);
  double live = 0;
  double backfill = 0;
  for (auto end = now + 100s; now < end; now += 1ms) {
    if (pace.try_start(lane::backfill, 20, now) == 0ms) {
      backfill += 20;
      pace.ended(now);
    }
    if (pace.try_start(lane::live, 20, now) == 0ms) {
      live += 20;
      pace.ended(now);
    }
  }
  BOOST_TEST(live >= 2000);
  BOOST_TEST(live + backfill <= 10'300);
}

BOOST_AUTO_TEST_CASE(the_background_gets_a_tenth_of_the_income_beside_a_greedy_backfill) {
  nylas::pace pace{in_units(100, 300)};
  warm(pace);
  double background = 0;
  for (auto end = now + 100s; now < end; now += 1ms) {
    if (pace.try_start(lane::background, 20, now) == 0ms) {
      background += 20;
      pace.ended(now, lane::background);
    }
    if (pace.try_start(lane::backfill, 20, now) == 0ms)
      pace.ended(now);
  }
  BOOST_TEST(background <= 1030); // a tenth of the income and of the burst
  BOOST_TEST(background >= 700);
}

BOOST_AUTO_TEST_CASE(what_the_background_paid_too_little_it_pays_later) {
  nylas::pace pace{in_units(100, 300)};
  BOOST_REQUIRE((pace.try_start(lane::background, 1, now) == 0ms));
  pace.succeeded(1, 101.0, 100ms, now, lane::background);
  BOOST_TEST((pace.try_start(lane::backfill, 1, now) == 0ms));
  BOOST_TEST((pace.try_start(lane::background, 1, now) > 5s));
}

BOOST_AUTO_TEST_CASE(the_background_has_a_tenth_of_the_places_and_at_least_one) {
  nylas::pace pace{in_units(0, 0)};
  warm(pace);
  auto places = start_as_many_as_possible(pace, lane::background, 0);
  BOOST_TEST(places == 1);
  BOOST_TEST((pace.try_start(lane::backfill, 0, now) == 0ms));
  pace.ended(now, lane::background);
  BOOST_TEST((pace.try_start(lane::background, 0, now) == 0ms));
}

BOOST_AUTO_TEST_CASE(what_live_mail_does_not_need_backfill_gets) {
  nylas::pace pace{in_units(100, 300)};
  double backfill = 0;
  for (auto end = now + 100s; now < end; now += 1ms)
    if (pace.try_start(lane::backfill, 20, now) == 0ms) {
      backfill += 20;
      pace.ended(now);
    }
  BOOST_TEST(backfill >= 10'000);
}

BOOST_AUTO_TEST_CASE(a_live_call_that_waits_for_a_place_gets_the_next_one) {
  nylas::pace pace{unlimited(4)};
  BOOST_TEST(start_as_many_as_possible(pace, lane::live) == 4);
  BOOST_TEST((pace.try_start(lane::live, 1, now) > 0ms));
  pace.ended(now);
  pace.ended(now);
  pace.ended(now);

  BOOST_TEST((pace.try_start(lane::backfill, 1, now) > 0ms));
  BOOST_TEST((pace.try_start(lane::live, 1, now) == 0ms));
  BOOST_TEST((pace.try_start(lane::backfill, 1, now) == 0ms));
}

BOOST_AUTO_TEST_CASE(a_live_call_that_never_comes_back_does_not_hold_backfill_for_long) {
  nylas::pace pace{unlimited(4)};
  BOOST_TEST(start_as_many_as_possible(pace, lane::live) == 4);
  BOOST_TEST((pace.try_start(lane::live, 1, now) > 0ms));
  for (int i = 0; i < 4; ++i)
    pace.ended(now);
  now += 3s;
  BOOST_TEST((pace.try_start(lane::backfill, 1, now) == 0ms));
}

BOOST_AUTO_TEST_CASE(what_was_paid_too_little_is_a_debt) {
  nylas::pace pace{in_units(100, 300)};
  warm(pace);
  double estimated = 0;
  for (auto end = now + 600s; now < end; now += 10ms)
    if (pace.try_start(lane::backfill, 5, now) == 0ms) {
      estimated += 5;
      pace.succeeded(5, 20, 1ms, now);
    }
  // Four times as dear as was asked for: a quarter of the calls.
  BOOST_TEST(estimated * 4 <= 60'320);
  BOOST_TEST(estimated * 4 >= 59'000);
}

BOOST_AUTO_TEST_CASE(what_was_paid_too_much_comes_back) {
  nylas::pace pace{in_units(100, 300)};
  BOOST_REQUIRE((pace.try_start(lane::backfill, 1000, now) == 0ms));
  BOOST_TEST((pace.try_start(lane::backfill, 200, now) > 5s));
  pace.succeeded(1000, 25, 1ms, now);
  BOOST_TEST((pace.try_start(lane::backfill, 200, now) == 0ms));
}

BOOST_AUTO_TEST_CASE(a_call_that_fails_or_is_throttled_is_not_billed) {
  nylas::pace pace{in_units(100, 300)};
  BOOST_REQUIRE((pace.try_start(lane::backfill, 1000, now) == 0ms));
  pace.ended(now, lane::backfill, 1000);
  BOOST_REQUIRE((pace.try_start(lane::backfill, 1000, now) == 0ms));
  pace.throttled(1s, now, lane::backfill, 1000);
  now += 4s; // 240 are everybody's
  BOOST_TEST((pace.try_start(lane::backfill, 1000, now) == 0ms));
}

BOOST_AUTO_TEST_CASE(a_dear_live_call_leaves_no_debt_to_other_live_calls) {
  nylas::pace pace{in_units(100, 300)};
  warm(pace);
  BOOST_REQUIRE((pace.try_start(lane::live, 1000, now) == 0ms));
  pace.succeeded(1000, 1000, 1ms, now);
  // The fifth that is theirs comes at twenty a second.
  now += 1s;
  BOOST_TEST((pace.try_start(lane::live, 20, now) == 0ms));
  BOOST_TEST((pace.try_start(lane::backfill, 20, now) > 5s));
}

BOOST_AUTO_TEST_CASE(a_throttle_empties_the_bucket) {
  nylas::pace pace{in_units(100, 300)};
  BOOST_REQUIRE((pace.try_start(lane::live, 20, now) == 0ms));
  pace.throttled(1ms, now);
  now += 1ms;
  BOOST_TEST((pace.try_start(lane::backfill, 200, now) > 1s));
}

BOOST_AUTO_TEST_CASE(requests_are_limited_by_the_second_too) {
  auto limits = unlimited(1000);
  limits.requests_per_second = 10;
  limits.requests_burst = 20;
  nylas::pace pace{limits};
  int started = 0;
  for (auto end = now + 60s; now < end; now += 1ms)
    if (pace.try_start(lane::backfill, 1, now) == 0ms) {
      ++started;
      pace.succeeded(1, {}, 1ms, now);
    }
  BOOST_TEST(started >= 600);
  BOOST_TEST(started <= 620);
}

BOOST_AUTO_TEST_CASE(a_fixed_delay_means_one_at_a_time_with_that_pause) {
  auto limits = nylas::limits_for("nylas");
  limits.fixed_delay = 200ms;
  nylas::pace pace{limits};
  BOOST_TEST(start_as_many_as_possible(pace, lane::backfill) == 1);
  BOOST_TEST((pace.try_start(lane::live, 1, now) > 0ms));
  now += 300ms;
  pace.succeeded(1, {}, 300ms, now);
  BOOST_TEST((pace.try_start(lane::backfill, 1, now) == 200ms));
  now += 200ms;
  BOOST_TEST((pace.try_start(lane::backfill, 1, now) == 0ms));
}

BOOST_AUTO_TEST_CASE(an_end_without_a_start_is_our_own_fault) {
  nylas::pace pace{unlimited(4)};
  BOOST_CHECK_THROW(pace.ended(now), base::broken_promise);
}

BOOST_DATA_TEST_CASE(concurrency_is_never_exceeded_whatever_happens,
                     boost::unit_test::data::xrange(20), seed) {
  auto limits = nylas::limits_for("microsoft");
  nylas::pace pace{limits};
  std::mt19937_64 random{static_cast<uint64_t>(seed)};
  int running = 0;
  for (int step = 0; step < 20'000; ++step) {
    auto kind = random() % 3 == 0 ? lane::live : lane::backfill;
    if (random() % 2 == 0) {
      auto wait = pace.try_start(kind, static_cast<double>(random() % 100), now);
      BOOST_REQUIRE((wait >= 0ms));
      running += wait == 0ms;
    } else if (running > 0) {
      --running;
      switch (random() % 6) {
        case 0: pace.throttled(random() % 2 == 0 ? std::optional{20ms} : std::nullopt, now); break;
        case 1: pace.ended(now); break;
        default: pace.succeeded(1, static_cast<double>(random() % 50), 10ms, now); break;
      }
    }
    now += std::chrono::milliseconds{random() % 50};
    BOOST_REQUIRE(running <= 4);
    BOOST_REQUIRE(running == pace.running());
    BOOST_REQUIRE(pace.concurrency() >= 1);
    BOOST_REQUIRE(pace.concurrency() <= 4);
  }
}

BOOST_AUTO_TEST_CASE(every_provider_has_its_limits_and_an_unknown_one_those_of_imap) {
  BOOST_TEST(nylas::limits_for("microsoft").concurrency_max == 4);
  BOOST_TEST(nylas::limits_for("google").units_per_second * 60
               + nylas::limits_for("google").units_burst
             <= 6000);
  BOOST_TEST(nylas::limits_for("nylas").concurrency_max == 64);
  BOOST_TEST(nylas::limits_for("nylas").units_per_second == 0);
  BOOST_TEST(nylas::limits_for("").requests_per_second
             == nylas::limits_for("imap").requests_per_second);
  BOOST_TEST(nylas::limits_for("").concurrency_max == 4);
}

BOOST_FIXTURE_TEST_CASE(it_says_what_a_call_had_to_wait_for, fixture) {
  auto limit_of = [&](nylas::pace& pace) {
    while (pace.try_start(lane::backfill, 10, now) == 0ms)
      continue;
    return to_string(pace.waits_for());
  };
  nylas::pace few{unlimited(2)};
  BOOST_TEST(limit_of(few) == "places");
  nylas::pace dear{in_units(10, 25)};
  BOOST_TEST(limit_of(dear) == "units");
  auto seldom = unlimited(8);
  seldom.requests_per_second = 1;
  seldom.requests_burst = 2;
  nylas::pace slow{seldom};
  BOOST_TEST(limit_of(slow) == "requests");
  slow.throttled(10s, now);
  BOOST_TEST(limit_of(slow) == "throttled");
  auto fixed = unlimited(8);
  fixed.fixed_delay = 1s;
  nylas::pace paused{fixed};
  BOOST_TEST(limit_of(paused) == "pause");
  paused.ended(now);
  BOOST_TEST(limit_of(paused) == "pause");
}

BOOST_AUTO_TEST_SUITE_END()
