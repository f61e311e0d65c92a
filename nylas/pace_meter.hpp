#pragma once

#include "nylas/pacing.hpp"

#include <array>
#include <chrono>
#include <optional>

namespace nova::nylas {

/// What a grant's calls did in the last seconds.
struct measured_pace {
  pace_limit binds = pace_limit::window; // what most of the time went into
  double calls_a_second = 0;
  double units_a_second = 0; // as billed; 0 where the provider bills none
};

/// Tells now and then how fast one grant's backfill is called and what binds it. Pure: time is an
/// argument.
class pace_meter {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// From now on its calls wait for that.
  void is(pace_limit what, time_point now);
  /// A call of a backfill ended, which cost so much.
  void called(double units);
  /// What was, when it was long enough and there was a call; then it begins anew.
  [[nodiscard]] std::optional<measured_pace> report(time_point now);

private:
  std::array<std::chrono::steady_clock::duration, pace_limits_count> times_{};
  pace_limit now_ = pace_limit::window;
  std::optional<time_point> since_; // of `now_`
  std::optional<time_point> began_; // what is measured
  double calls_ = 0, units_ = 0;
};

} // namespace nova::nylas
