#include "mail/backfill_work.hpp"
#include "mail/day_range.hpp"
#include "mail/time_left.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

// The time that is left of a whole backfill, looked at every half minute with a virtual
// clock: a mailbox of a year with uneven weeks, a survey of it, eight windows side by side,
// pages whose time is the price at the provider, with noise.
using namespace nova;

namespace {

constexpr int64_t week_seconds = 7 * day_seconds;
constexpr size_t weeks = 52;
constexpr double look_seconds = 30;
constexpr size_t lanes = 8;
constexpr uint64_t page = 40;
constexpr double message_units = 20, thread_units = 40, list_units = 5;
constexpr double units_a_second = 95;

/// What was shown at one look, and what came of it.
struct shown {
  double share = 0; // of all work, done by then
  double at = 0;    // seconds since the start
  double expected = 0, low = 0, high = 0;
};

struct one_run {
  std::vector<shown> looks;
  double seconds = 0; // it took
};

class mailbox {
public:
  explicit mailbox(uint64_t seed) : random_(seed) {
    std::uniform_real_distribution<double> level{500, 1500}, slope{-0.3, 0.3};
    std::gamma_distribution<double> uneven{36, 1.0 / 36}; // a sixth around one
    auto mean = level(random_), trend = slope(random_);
    std::uniform_real_distribution<double> within{0, week_seconds};
    for (size_t week = 0; week < weeks; ++week) {
      auto age = static_cast<double>(week) / weeks - 0.5;
      auto count = static_cast<size_t>(mean * (1 + trend * age) * uneven(random_));
      counts.push_back(count);
      for (size_t i = 0; i < count; ++i)
        dates_.push_back(start_of(week) + static_cast<int64_t>(within(random_)));
    }
    std::sort(dates_.begin(), dates_.end());
  }

  static int64_t end() {
    return 1'800'000'000;
  }

  /// Of the newest for 0.
  static int64_t start_of(size_t week) {
    return end() - static_cast<int64_t>(week + 1) * week_seconds;
  }

  [[nodiscard]] std::vector<mail_sample> survey() const {
    mailbox_survey asked{start_of(weeks - 1), end(), {100, 52, 1.0 / 25}};
    while (auto part = asked.next()) {
      auto first = std::lower_bound(dates_.begin(), dates_.end(), part->start);
      auto found = static_cast<size_t>(std::lower_bound(first, dates_.end(), part->end) - first);
      asked.answered(std::min(found, asked.page()), found > asked.page());
    }
    return asked.found();
  }

  std::vector<uint64_t> counts;

private:
  std::mt19937_64 random_;
  std::vector<int64_t> dates_;
};

/// The provider's side: windows that are listed page by page, at a price.
class listing {
public:
  listing(uint64_t seed, double price_later) : mail_(seed), random_(seed + 1), later_(price_later) {
    work_.start = mailbox::start_of(weeks - 1);
    work_.end = mailbox::end();
    work_.survey = mail_.survey();
    for (size_t week = weeks; week-- > 0;) {
      window_work window;
      window.start = mailbox::start_of(week);
      window.end = window.start + week_seconds;
      work_.windows.push_back(window);
      messages_ += mail_.counts[week];
    }
    total_ = static_cast<double>(messages_) * (message_units + list_units / page);
    total_ += std::ceil(static_cast<double>(messages_) / 4) * thread_units;
  }

  one_run run() {
    one_run result;
    work_trace trace;
    for (double now = 0, look = 0; turn_page(now);)
      for (; look <= now; look += look_seconds) {
        auto left = weigh(work_);
        // Kept in a row and read back each time, as between nodes.
        trace = work_trace{trace.kept()};
        trace.add(work_trace::time_point{std::chrono::milliseconds{
                    static_cast<int64_t>(1e12 + look * 1000)}},
                  left.done, true);
        if (auto time = trace.time_for(left.left, left.left_error))
          result.looks.push_back({paid_ / total_, look, static_cast<double>(time->expected.count()),
                                  static_cast<double>(time->low.count()),
                                  static_cast<double>(time->high.count())});
        result.seconds = now;
      }
    return result;
  }

private:
  /// One page of one window of those that are under way, in turn. False: all is listed.
  bool turn_page(double& now) {
    std::vector<window_work*> under_way;
    for (bool threads : {false, true}) {
      for (auto one = work_.windows.rbegin(); one != work_.windows.rend(); ++one)
        if (under_way.size() < lanes && (threads ? !one->done : !one->messages_done))
          under_way.push_back(&*one);
      if (under_way.empty())
        continue;
      auto& window = *under_way[turn_++ % under_way.size()];
      auto units = threads ? list_threads(window) : list_messages(window);
      std::lognormal_distribution<double> noise{0, 0.2};
      auto price = paid_ > total_ / 2 ? later_ : 1;
      paid_ += units;
      now += units * price / units_a_second * noise(random_) * std::exp(-0.02);
      return true;
    }
    return false;
  }

  double list_messages(window_work& window) {
    window.begun = true;
    auto count = mail_.counts[static_cast<size_t>((mailbox::end() - window.end) / week_seconds)];
    auto more = std::min(page, count - window.messages);
    auto units = list_units + message_units * static_cast<double>(more);
    window.messages += more;
    window.messages_cost += units;
    window.threads_seen = (window.messages + 3) / 4;
    window.messages_done = window.messages == count;
    return units;
  }

  double list_threads(window_work& window) {
    auto more = std::min<uint64_t>(page, window.threads_seen - window.threads);
    auto units = list_units + thread_units * static_cast<double>(more);
    window.threads += more;
    window.threads_cost += units;
    window.done = window.threads == window.threads_seen;
    return units;
  }

  mailbox mail_;
  std::mt19937_64 random_;
  double later_; // price in the second half
  backfill_work work_;
  uint64_t messages_ = 0;
  double total_ = 0, paid_ = 0; // units at the first price
  size_t turn_ = 0;
};

/// With a steady provider, one a seed.
const std::vector<one_run>& steady_runs() {
  static const auto runs = [] {
    std::vector<one_run> made;
    for (uint64_t seed = 1; seed <= 200; ++seed)
      made.push_back(listing{seed, 1}.run());
    return made;
  }();
  return runs;
}

const shown& look_at(const one_run& run, double share) {
  auto look = std::find_if(run.looks.begin(), run.looks.end(),
                           [&](const shown& one) { return one.share >= share; });
  BOOST_REQUIRE(look != run.looks.end());
  return *look;
}

/// By how much the expected time is off, of the time that is left.
double off(const one_run& run, const shown& look) {
  auto truth = run.seconds - look.at;
  return std::abs(look.expected - truth) / truth;
}

double width(const shown& look) {
  return (look.high - look.low) / look.expected;
}

} // namespace

BOOST_AUTO_TEST_SUITE(eta_test)

BOOST_AUTO_TEST_CASE(after_a_twentieth_of_the_work_it_is_within_a_tenth_in_four_of_five_mailboxes) {
  for (double share : {0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8}) {
    auto good = std::count_if(steady_runs().begin(), steady_runs().end(), [&](const one_run& run) {
      return off(run, look_at(run, share)) <= 0.1;
    });
    BOOST_TEST_MESSAGE("after " << share << " of the work: " << good << " of 200");
    BOOST_TEST(good >= 160);
  }
}

BOOST_AUTO_TEST_CASE(the_range_holds_the_truth_in_eight_of_ten_mailboxes) {
  for (double share : {0.05, 0.1, 0.3, 0.5, 0.7}) {
    auto inside =
      std::count_if(steady_runs().begin(), steady_runs().end(), [&](const one_run& run) {
        const auto& look = look_at(run, share);
        auto truth = run.seconds - look.at;
        return look.low <= truth && truth <= look.high;
      });
    BOOST_TEST_MESSAGE("after " << share << " of the work: " << inside << " of 200");
    BOOST_TEST(inside >= 160);
  }
}

BOOST_AUTO_TEST_CASE(a_price_that_quadruples_is_learnt_and_widens_the_range_until_then) {
  int good = 0;
  for (uint64_t seed = 1001; seed <= 1050; ++seed) {
    auto run = listing{seed, 4}.run();
    good += off(run, look_at(run, 0.55)) <= 0.1 ? 1 : 0;
    const auto& before = look_at(run, 0.495);
    // As long as it is far off. The first looks are of pages that were begun at the old price.
    for (const auto& look : run.looks)
      if (look.share > 0.51 && look.share < 0.55 && off(run, look) > 0.2)
        BOOST_TEST(width(look) > width(before), "seed " << seed << " at " << look.share << ": "
                                                        << width(look) << " is not above "
                                                        << width(before));
  }
  BOOST_TEST_MESSAGE("within a tenth again: " << good << " of 50");
  BOOST_TEST(good >= 45);
}

BOOST_AUTO_TEST_SUITE_END()
