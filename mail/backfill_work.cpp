#include "mail/backfill_work.hpp"

#include "mail/day_range.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nova {
namespace {

constexpr double thread_price = 2;             // in messages, before any is known; as at Google
constexpr double threads_per_message = 0.3;    // likewise
constexpr double sync_price = 2;               // of a thread's own list, beside its messages
constexpr double near_seconds = 14 * 86'400.0; // what is that far away says a third as much
constexpr double bunched = 3;   // by which chance is more: mail comes in conversations
constexpr double uneven = 0.25; // a week differs so much from those around it
constexpr double far_seconds =
  8 * near_seconds;                  // what is farther away than the nearest by that says nothing
constexpr double alike = 4;          // as far as errors are the same, in `near_seconds`
constexpr double unknown_mail = 0.5; // relative error of what nothing near is known of

/// Something that is known: so many messages in so many seconds around a moment.
struct density {
  double middle = 0;
  double seconds = 0;
  double messages = 0;
};

/// What the windows together say of threads.
struct thread_shares {
  double price = thread_price;               // of listing one, in messages
  double each_message = threads_per_message; // threads there are
  double each_seen = 1;                      // threads listed for each that messages showed
  double synced = 0;                         // that a list does not complete
  double sync = sync_price + 1 / threads_per_message; // price of such a one, in messages
  bool alone = false; // messages are not listed (the strategy `threads`)
  bool listed = true;
};

/// What is known of how dense the mail is, or where only threads are listed the threads, by where
/// in time.
class density_map {
public:
  density_map(const backfill_work& work, const thread_shares& shares) {
    auto usual = usual_length(work.survey);
    for (const auto& one : work.survey) {
      // Weeks without mail, which are looked at whole, would else make those beside them as empty.
      auto length = static_cast<double>(one.end - one.start);
      auto part = std::min(1.0, usual / length);
      auto messages = shares.alone ? one.messages * shares.each_message : one.messages;
      add(one.start, one.end, messages, part);
    }
    for (const auto& one : work.windows) {
      if (shares.alone && one.done)
        add(one.start, one.end, static_cast<double>(one.threads));
      else if (!shares.alone && one.messages_done)
        add(one.start, one.end, static_cast<double>(one.messages));
      else if (!shares.alone && one.reached > one.start && one.reached < one.end)
        add(one.reached, one.end, static_cast<double>(one.messages));
    }
  }

  struct guess {
    double a_second = 0;
    double error = 0; // relative
  };

  /// What is near counts more, and what was looked at longer.
  [[nodiscard]] guess at(double moment) const {
    // Where all are far away only their proportions count.
    auto nearest = near_seconds * 1e6;
    for (const auto& one : known_)
      nearest = std::min(nearest, std::abs(one.middle - moment));
    double messages = 0, seconds = 0, seen = 0, squares = 0;
    for (const auto& one : known_) {
      auto farther = std::abs(one.middle - moment) - nearest;
      if (farther > far_seconds)
        continue;
      auto weight = std::exp(-farther / near_seconds);
      messages += weight * one.messages;
      seconds += weight * one.seconds;
      squares += weight * weight * one.messages;
      seen += weight;
    }
    if (seconds <= 0)
      return {};
    // By chance, by how weeks differ, and the more the farther away the nearest is.
    auto chance = messages > 0 ? bunched * squares / (messages * messages) : 1;
    auto far = 1 - std::exp(-nearest / (8 * near_seconds));
    auto error = std::sqrt(chance + uneven * uneven / std::max(seen, 1.0)
                           + unknown_mail * unknown_mail * far * far);
    return {messages / seconds, error};
  }

private:
  void add(int64_t start, int64_t end, double messages, double part = 1) {
    if (end > start)
      known_.push_back({static_cast<double>(start + end) / 2,
                        static_cast<double>(end - start) * part, messages * part});
  }

  /// Of the samples that show mail; as long as there is time when there are none.
  static double usual_length(const std::vector<mail_sample>& survey) {
    std::vector<double> lengths;
    for (const auto& one : survey)
      if (one.messages > 0)
        lengths.push_back(static_cast<double>(one.end - one.start));
    if (lengths.empty())
      return std::numeric_limits<double>::max();
    auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
    std::nth_element(lengths.begin(), middle, lengths.end());
    return *middle;
  }

  std::vector<density> known_;
};

double middle_of(const window_work& window) {
  return static_cast<double>(window.start + window.end) / 2;
}

thread_shares shares_of(const backfill_work& work) {
  double messages = 0, messages_cost = 0, threads = 0, threads_cost = 0, to_sync = 0;
  double seen = 0, listed_of_seen = 0, seen_of_listed = 0, mail_of_seen = 0;
  for (const auto& one : work.windows) {
    messages += static_cast<double>(one.messages);
    messages_cost += one.messages_cost;
    threads += static_cast<double>(one.threads);
    threads_cost += one.threads_cost;
    to_sync += static_cast<double>(one.to_sync);
    if (one.messages_done) {
      seen += static_cast<double>(one.threads_seen);
      mail_of_seen += static_cast<double>(one.messages);
    }
    if (one.done) {
      listed_of_seen += static_cast<double>(one.threads);
      seen_of_listed += static_cast<double>(one.threads_seen);
    }
  }
  thread_shares shares;
  shares.alone = messages == 0 && threads > 0;
  shares.listed = work.threads_listed || shares.alone;
  if (messages > 0 && messages_cost > 0 && threads > 0 && threads_cost > 0)
    shares.price = threads_cost / threads / (messages_cost / messages);
  if (mail_of_seen > 0 && seen > 0)
    shares.each_message = seen / mail_of_seen;
  if (seen_of_listed > 0 && listed_of_seen > 0)
    shares.each_seen = listed_of_seen / seen_of_listed;
  if (threads > 0)
    shares.synced = std::min(to_sync / threads, 1.0);
  shares.sync = sync_price + 1 / shares.each_message;
  return shares;
}

/// Sums what is left of windows, and how sure that is: what is expected of near windows is wrong
/// alike, so it does not cancel out within some weeks, but does between such times.
class left_sum {
public:
  void add(double work, double error, double moment) {
    total_ += work;
    auto slice = static_cast<int64_t>(moment / (alike * near_seconds));
    if (slice != slice_)
      close();
    slice_ = slice;
    slice_error_ += work * error;
  }

  [[nodiscard]] double total() const {
    return total_;
  }

  [[nodiscard]] double relative_error() {
    close();
    return total_ > 0 ? std::sqrt(squares_) / total_ : 0;
  }

private:
  void close() {
    squares_ += slice_error_ * slice_error_;
    slice_error_ = 0;
  }

  double total_ = 0, slice_error_ = 0, squares_ = 0;
  int64_t slice_ = 0;
};

/// What one window has left.
struct window_left {
  double messages = 0; // in all of it
  double mail = 0;     // of those that are not listed
  double threads = 0;  // likewise, listed and synced, in messages
};

/// What a window has beyond what is listed of it, when it has more: so many were expected, with
/// that relative error.
double rest_of(double listed, double expected, double error) {
  auto spread = std::max(error, uneven) * expected;
  if (listed <= 0 || spread <= 0)
    return std::max(expected - listed, 0.0);
  auto z = (expected - listed) / spread;
  constexpr double normal = 0.398'942'280'401'433; // density in the middle
  constexpr double likely_min = 1e-3;
  auto likely = std::max(0.5 * std::erfc(-z / std::sqrt(2.0)), likely_min);
  return std::max(expected - listed + spread * normal * std::exp(-z * z / 2) / likely, 0.0);
}

window_left left_of(const window_work& one, double expected, double error,
                    const thread_shares& shares) {
  window_left left;
  auto threads = expected;
  if (!shares.alone) {
    auto listed = static_cast<double>(one.messages);
    left.mail = one.messages_done ? 0 : rest_of(listed, expected, error);
    left.messages = listed + left.mail;
    auto seen = static_cast<double>(one.threads_seen);
    threads = (one.messages_done && seen > 0 ? seen : left.messages * shares.each_message)
              * shares.each_seen;
  }
  if (!one.done && shares.listed)
    left.threads = std::max(threads - static_cast<double>(one.threads), 0.0)
                   * (shares.price + shares.synced * shares.sync);
  return left;
}

} // namespace

work_left weigh(const backfill_work& work) {
  auto shares = shares_of(work);
  const density_map map{work, shares};
  work_left result;
  left_sum left;
  double usable_most = 0, lanes = 0, to_sync = 0;
  for (const auto& one : work.windows) {
    auto guess = one.done ? density_map::guess{} : map.at(middle_of(one));
    auto its =
      left_of(one, guess.a_second * static_cast<double>(one.end - one.start), guess.error, shares);
    left.add(its.mail + its.threads, one.messages_done ? uneven / 2 : guess.error, middle_of(one));
    result.done +=
      static_cast<double>(one.messages) + static_cast<double>(one.threads) * shares.price;
    result.messages += its.messages;
    to_sync += static_cast<double>(one.to_sync);
    if (one.begun && !one.messages_done)
      ++lanes;
    if (one.end > work.end - usable_days * day_seconds && !one.messages_done)
      usable_most = std::max(usable_most, shares.alone ? its.threads : its.mail);
  }
  auto open = static_cast<double>(work.threads_open);
  result.done += std::max(to_sync - open, 0.0) * shares.sync;
  result.left_error = left.relative_error();
  result.left = left.total() + open * shares.sync;
  // Windows are listed side by side: the largest of them ends last, at its share of the rate.
  result.usable_left = std::min(usable_most * std::max(lanes, 1.0), result.left);
  return result;
}

} // namespace nova
