#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace nova::base {

/// What this process takes of its machine.
struct process_usage {
  std::chrono::microseconds cpu{0}; // user and system, since it began
  double cpu_share = 0;             // of one processor, over the last interval; 2: two whole ones
  uint64_t resident_bytes = 0;
  uint32_t threads = 0;
  uint32_t descriptors = 0, descriptors_max = 0;
};

/// As the kernel has it now, without `cpu_share`. What it does not say is 0.
[[nodiscard]] process_usage usage_of_process();

/// `CET +01:00`: the time zone of this machine.
[[nodiscard]] std::string zone_of_machine();

class metrics;

/// To be called before the metrics are shown: what this process takes of its machine.
std::function<void()> usage_metrics(metrics& all);

/// Knows the share of the processors, as of the last interval of a second or more that `tick`
/// ended. Any thread.
class usage_meter {
public:
  /// `now` may be the time since which the process runs, or any later one.
  explicit usage_meter(monotonic_time now);

  /// Called once a second or so.
  void tick(monotonic_time now);
  [[nodiscard]] process_usage look() const;

private:
  mutable std::mutex mutex_;
  monotonic_time since_;
  std::chrono::microseconds used_;
  double share_ = 0;
};

} // namespace nova::base
