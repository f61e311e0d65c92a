#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Judges each day of a comparison whose whole list was noted. Answers whether none is broken.
struct end_comparison {
  static constexpr const char* name = "end_comparison";

  int64_t comparison = 0;
  uint64_t calls = 0;

  bool run(connection& conn) const;
};

} // namespace nova::pg
