#pragma once

#include "simulator/options.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace nova::simulator {

/// Why a request is refused with 429.
struct over_limit {
  /// The provider's limit instead of Nylas's own: another error type, and perhaps `Retry-After`.
  bool by_provider = false;
  std::string message;
  std::optional<int> retry_after; // seconds
};

/// What calls cost at the provider: Google counts units, Microsoft requests.
struct provider_cost {
  uint64_t gmail_units = 0;
  uint64_t provider_requests = 0;

  provider_cost& operator+=(const provider_cost& more) {
    gmail_units += more.gmail_units;
    provider_requests += more.provider_requests;
    return *this;
  }
};

/// What one grant used, against Nylas's limit of 200 requests a second and those of its provider.
/// Not safe from two threads; time is an argument.
class grant_usage {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Says why a request that comes now is refused; nothing when it is not.
  std::optional<over_limit> refuse(provider kind, time_point now);

  /// Counts a request that is under way for `lasts`.
  void begin(time_point now, std::chrono::milliseconds lasts);

  /// What a request turned out to cost; `begin` has counted its first request of the provider.
  void charge(const provider_cost& cost, time_point now);

  /// Most requests under way at once so far.
  [[nodiscard]] size_t concurrent_max() const {
    return concurrent_max_;
  }
  /// Charged since the start.
  [[nodiscard]] const provider_cost& spent() const {
    return spent_;
  }

private:
  void forget(time_point now);

  std::deque<time_point> ends_;    // of requests under way
  std::deque<time_point> seconds_; // starts within the last second
  std::chrono::minutes minute_{0};
  int64_t units_in_minute_ = 0;
  int64_t requests_in_ten_minutes_ = 0;
  std::chrono::minutes ten_minutes_{0};
  provider_cost spent_;
  size_t concurrent_max_ = 0;
};

} // namespace nova::simulator
