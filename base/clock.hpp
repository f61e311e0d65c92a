#pragma once

#include <chrono>
#include <functional>

namespace nova::base {

/// A point on the wall clock, to the microsecond, as PostgreSQL's `timestamptz` keeps it.
using wall_time = std::chrono::sys_time<std::chrono::microseconds>;

/// Where an actor or a parser gets the time from, so that a test can set it.
using clock = std::function<wall_time()>;

/// The system's clock.
inline wall_time wall_now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

} // namespace nova::base
