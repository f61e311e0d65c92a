#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace nova::base {

/// For the log, of what happens again and again: it is told the first time, and then once a minute
/// with how often. Of another text it is told at once. Keeps 64 texts; the oldest is forgotten
/// first. One thread at a time.
class once_a_minute {
public:
  /// How often it happened since it was told last, this time included, when that is to be told;
  /// else 0.
  [[nodiscard]] uint64_t due(const std::string& what, monotonic_time now);

private:
  struct seen {
    monotonic_time told_at;
    uint64_t times = 0; // since then
  };

  std::map<std::string, seen> all_;
};

} // namespace nova::base
