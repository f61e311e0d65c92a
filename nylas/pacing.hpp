#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace nova::nylas {

/// What a call is for; a fifth of the budget is kept for live mail, and what runs in the background
/// gets a tenth at most, whoever else calls.
enum class lane { live, backfill, background };

/// What calls of a mailbox wait for.
enum class pace_limit {
  units,     // the provider's
  requests,  // a second
  places,    // calls at one time
  throttled, // the provider said wait
  pause,     // the fixed one between two calls
  window,    // nothing: one call after the other is made
  database,  // nobody calls: what was read is being written
};
constexpr size_t pace_limits_count = 7;
std::string to_string(pace_limit);

/// How fast one grant may be asked, and how that changes with the answers. Pure: time is an
/// argument. Concurrency limit by provider, a bucket in the provider's units, additive increase and
/// multiplicative decrease, `Retry-After`. What a call costs is for its caller to say
/// (`price_list`). See docs/nylas.md.
struct pace_limits {
  int concurrency_max = 8;     // Microsoft 4
  double units_per_second = 0; // 0: not limited by units (Microsoft, IMAP)
  double units_burst = 0;
  double requests_per_second = 200; // Nylas: 200 per grant; 0: not limited
  std::optional<std::chrono::milliseconds>
    fixed_delay; // API_DELAY_MS: that pause after each call, one at a time
  double requests_burst = 40;
};

/// Units that Google gives a mailbox in a minute: 6,000 for a Cloud project since May 2026, less
/// what a burst adds. Older projects have 15,000 (GMAIL_UNITS_PER_MINUTE). Too much is answered
/// with 429, too little is only slow.
constexpr uint32_t google_units_usual = 5700;

/// By the grant's provider; unknown providers get the careful limits of IMAP. Provider `nylas` (a
/// mailbox that Nylas itself keeps, and the simulator's for speed) has nothing but the concurrency.
pace_limits limits_for(const std::string& provider, double google_units = google_units_usual);

/// That part of them, but always room for one call: for who shares a grant with others.
pace_limits share_of(pace_limits limits, double share);

/// Tokens that come back with time. A fifth of the income is set aside for live calls until their
/// share is full, then all of it is for everybody: live calls always find something, and what they
/// do not need is not lost. A call that costs more than the bucket holds starts on a full one and
/// leaves a debt, which is everybody's.
class token_bucket {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Without a limit when `per_second` is zero.
  token_bucket(double per_second, double burst);

  void refill(time_point now);
  /// Zero when a call of that cost may start. As of the last refill.
  [[nodiscard]] std::chrono::milliseconds wait_for(lane kind, double cost) const;
  void pay(lane kind, double cost);
  /// What a call cost more (or less, then negative) than was paid.
  void correct(double difference);
  /// As of the last refill.
  [[nodiscard]] double left() const {
    return everybodys_;
  }
  /// The other side says that nothing is left.
  void drain();

private:
  double per_second_;
  double everybodys_max_;
  double live_max_;
  double everybodys_;
  double live_;
  std::optional<time_point> refilled_;
};

class pace {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `seed` spreads the waits of many grants that were throttled together.
  explicit pace(pace_limits limits, uint64_t seed = 0);

  /// Zero when a call may start now (and counts it as started, and its price as paid), else how
  /// long to wait before asking again. A live call that has to wait for a place gets the next one.
  [[nodiscard]] std::chrono::milliseconds try_start(lane kind, double price, time_point now);

  /// A started call ended well; `units` as the answer's headers say, if they do: what was paid too
  /// much comes back, what was paid too little is a debt.
  void succeeded(double paid, std::optional<double> units, std::chrono::milliseconds took,
                 time_point now, lane kind = lane::backfill);
  /// A started call was throttled (429, 503) or timed out: halves the concurrency, waits
  /// `retry_after` or a growing time. Calls that were under way together count as one.
  void throttled(std::optional<std::chrono::milliseconds> retry_after, time_point now,
                 lane kind = lane::backfill, double paid = 0);
  /// A started call ended otherwise: frees its place, and what was paid comes back.
  void ended(time_point now, lane kind = lane::backfill, double paid = 0);

  /// Other limits from now on. Calls under way go on to count; the buckets begin empty.
  void follow(pace_limits limits, time_point now);

  /// Why the last call that could not start had to wait.
  [[nodiscard]] pace_limit waits_for() const;
  [[nodiscard]] int concurrency() const; // allowed now
  [[nodiscard]] int running() const;

  /// What of it can be seen.
  struct view {
    double units_per_second = 0; // 0: they are not counted
    double units_left = 0;       // a debt is negative
    std::chrono::milliseconds throttled_for{0};
  };
  [[nodiscard]] view look(time_point now) const;

private:
  [[nodiscard]] bool has_place(lane kind, time_point now) const;
  [[nodiscard]] std::chrono::milliseconds place_wait() const;
  void free_place(time_point now, lane kind);
  void give_back(double units, lane kind);

  pace_limits limits_;
  uint64_t seed_;
  token_bucket units_;
  token_bucket requests_;
  token_bucket background_units_; // a tenth of each
  token_bucket background_requests_;
  double concurrency_ = 1;
  int running_ = 0;
  int running_in_background_ = 0;
  pace_limit waits_for_ = pace_limit::places;
  std::chrono::duration<double, std::milli> took_{50}; // smoothed
  std::optional<time_point> blocked_until_;
  time_point not_before_{};       // fixed delay
  time_point live_waits_until_{}; // for a place
  uint32_t throttles_in_a_row_ = 0;
};

} // namespace nova::nylas
