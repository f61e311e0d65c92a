#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace nova::base {

/// A point on the wall clock, to the microsecond, as PostgreSQL's `timestamptz` keeps it.
using wall_time = std::chrono::sys_time<std::chrono::microseconds>;

/// Where an actor or a parser gets the time from, so that a test can set it.
using clock = std::function<wall_time()>;

/// Since 1970, as the API and the tables of backfills count.
inline int64_t seconds_of(wall_time at) {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

/// The system's clock.
inline wall_time wall_now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// A point on the clock that nobody sets: for time-outs, pauses and how long something took.
using monotonic_time = std::chrono::steady_clock::time_point;

/// The same as `clock`, of that clock. An actor takes its actor system's, `self->clock()`.
using monotonic_clock = std::function<monotonic_time()>;

/// The system's monotonic clock.
inline monotonic_time monotonic_now() {
  return std::chrono::steady_clock::now();
}

} // namespace nova::base
