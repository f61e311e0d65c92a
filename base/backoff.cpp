#include "base/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace nova::base {

std::chrono::milliseconds backoff::delay(uint32_t attempt, std::mt19937_64& random) const {
  auto spread = std::uniform_real_distribution<double>{1.0 - jitter, 1.0 + jitter}(random);
  auto longest = static_cast<double>(delay_max.count());
  return std::chrono::milliseconds{
    static_cast<int64_t>(std::min(static_cast<double>(delay(attempt).count()) * spread, longest))};
}

std::chrono::milliseconds backoff::delay(uint32_t attempt) const {
  auto longest = static_cast<double>(delay_max.count());
  // pow() gives infinity long before an integer would overflow, and min() brings it back.
  auto raw = static_cast<double>(initial.count()) * std::pow(multiplier, attempt);
  return std::chrono::milliseconds{static_cast<int64_t>(std::min(raw, longest))};
}

} // namespace nova::base
