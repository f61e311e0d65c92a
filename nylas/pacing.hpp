#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nova::nylas {

/// What a call is for; a fifth of the budget is kept for live mail.
enum class lane { live, backfill };

/// How fast one grant may be asked, and how that changes with the answers. Pure: time is an argument.
/// Concurrency limit by provider, a bucket in the provider's units, additive increase and multiplicative
/// decrease, `Retry-After`, learnt prices. See email-sync.md 3.3 and design/architecture.md (`grants`).
struct pace_limits {
  int concurrency_max = 8;         // Microsoft 4
  double units_per_second = 0;     // 0: not limited by units (Microsoft, IMAP)
  double units_burst = 0;
  double requests_per_second = 200; // Nylas: 200 per grant
  std::optional<std::chrono::milliseconds> fixed_delay; // API_DELAY_MS: that pause after each call, one at a time
};
/// By the grant's provider; unknown providers get the careful limits of IMAP.
pace_limits limits_for(const std::string& provider);

class pace {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit pace(pace_limits limits);

  /// Zero when a call of that estimated price may start now (and counts it as started), else how long to
  /// wait before asking again.
  [[nodiscard]] std::chrono::milliseconds try_start(lane kind, double estimated_units, time_point now);

  /// A started call ended well; `units` as the answer's headers say, if they do.
  void succeeded(double estimated_units, std::optional<double> units, std::chrono::milliseconds took,
                 time_point now);
  /// A started call was throttled (429, 503) or timed out: halves the concurrency, waits `retry_after` or a growing time.
  void throttled(std::optional<std::chrono::milliseconds> retry_after, time_point now);
  /// A started call ended otherwise; only frees its place.
  void ended(time_point now);

  [[nodiscard]] int concurrency() const; // allowed now
  [[nodiscard]] int running() const;
  /// Until when nobody may call, if throttled.
  [[nodiscard]] std::optional<time_point> throttled_until() const;

private:
  pace_limits limits_;
  double concurrency_ = 1;
  int running_ = 0;
  double units_ = 0;
  double requests_ = 0;
  time_point refilled_{};
  std::optional<time_point> blocked_until_;
  uint32_t throttles_in_a_row_ = 0;
};

} // namespace nova::nylas
