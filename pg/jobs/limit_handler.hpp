#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace nova::pg {

/// Gives a handler limits of a key, or takes them away: empty and 0 are none. What does not go
/// together is refused with SQLSTATE 23514.
struct limit_handler {
  static constexpr const char* name = "limit_handler";

  int64_t handler = 0;
  std::string key = {}; // `all`, `tenant`, `queue`, or a JSON pointer into the envelope
  uint32_t running = 0; // jobs of a key at one time
  uint32_t rate = 0;    // that begin within `per`
  std::chrono::milliseconds per{1'000};
  uint32_t failures = 0; // in a row, that stop a key for `pause`
  std::chrono::milliseconds pause{30'000};

  void run(connection& conn) const;
};

} // namespace nova::pg
