#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Holds the permits that a worker has for these jobs for longer, from now on. Answers how many.
struct hold_permits {
  static constexpr const char* name = "hold_permits";

  std::string worker = {};
  std::vector<std::string> jobs = {};
  std::chrono::milliseconds lease{60'000};

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
