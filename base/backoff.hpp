#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace nova::base {

/// How long to wait between two tries: `initial * multiplier^n`, at most `delay_max`, each spread
/// by plus or minus `jitter` of itself so that many waiters do not come back at one instant.
struct backoff {
  std::chrono::milliseconds initial{50};
  std::chrono::milliseconds delay_max{30'000};
  double multiplier = 2.0;
  double jitter = 0.25;

  /// The delay before try number `attempt` is repeated; 0 is the first. Never overflows.
  [[nodiscard]] std::chrono::milliseconds delay(uint32_t attempt, std::mt19937_64& random) const;
  /// The same without its jitter.
  [[nodiscard]] std::chrono::milliseconds delay(uint32_t attempt) const;
};

} // namespace nova::base
