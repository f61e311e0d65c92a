#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Whether those transactions have ended, without which no day is verified.
struct comparison_settled {
  static constexpr const char* name = "comparison_settled";

  int64_t comparison = 0;

  bool run(connection& conn) const;
};

} // namespace nova::pg
