#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace nova::pg {

/// Holds the permits of a worker for longer, from now on. Answers how many it has.
struct hold_permits {
  static constexpr const char* name = "hold_permits";

  std::string worker;
  std::chrono::milliseconds lease{60'000};

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
