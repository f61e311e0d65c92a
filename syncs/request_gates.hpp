#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace nova::syncs {

/// When the next request to each system may go out: all runs of a node that read one system share
/// its pace, and wait when it says so. Any thread.
class request_gates {
public:
  using clock = std::chrono::steady_clock;

  /// Takes the next place of that system; the answer is how long to wait for it.
  std::chrono::nanoseconds take(const std::string& system, std::chrono::nanoseconds between);

  /// Nobody may call for so long.
  void close(const std::string& system, std::chrono::nanoseconds wait);

private:
  std::mutex guard_;
  std::map<std::string, clock::time_point> next_;
};

} // namespace nova::syncs
