#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Forgets a comparison that came to no end.
struct drop_comparison {
  static constexpr const char* name = "drop_comparison";

  int64_t comparison = 0;

  void run(connection& conn) const;
};

} // namespace nova::pg
