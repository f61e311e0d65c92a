#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <chrono>

namespace nova {

/// Whether a node may have effects outside itself: only while it is sure that its lease in the
/// database runs. One atomic, any thread.
class effects_gate {
public:
  using clock = std::chrono::steady_clock;

  /// Open until then; what was said before is forgotten.
  void trust_until(clock::time_point until) noexcept {
    until_.store(until.time_since_epoch().count(), std::memory_order_relaxed);
  }

  [[nodiscard]] bool open() const noexcept {
    return base::monotonic_now().time_since_epoch().count()
           < until_.load(std::memory_order_relaxed);
  }

private:
  std::atomic<clock::rep> until_{0};
};

} // namespace nova
