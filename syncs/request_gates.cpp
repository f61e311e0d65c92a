#include "syncs/request_gates.hpp"

#include "base/clock.hpp"

#include <algorithm>

namespace nova::syncs {

std::chrono::nanoseconds request_gates::take(const std::string& system,
                                             std::chrono::nanoseconds between) {
  auto lock = std::scoped_lock{guard_};
  auto now = base::monotonic_now();
  auto& next = next_[system];
  auto place = std::max(next, now);
  next = place + between;
  return place - now;
}

void request_gates::close(const std::string& system, std::chrono::nanoseconds wait) {
  auto lock = std::scoped_lock{guard_};
  auto& next = next_[system];
  next = std::max(next, base::monotonic_now() + wait);
}

} // namespace nova::syncs
