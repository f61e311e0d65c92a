#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct usage_month {
  std::string month; // 2026-05
  int64_t rows = 0;
  int64_t content = 0; // another number when rows differ
};

/// Months that ended so long ago and have usage.
struct usage_months {
  static constexpr const char* name = "usage_months";

  std::string after; // an interval

  std::vector<usage_month> run(connection& conn) const;
};

} // namespace nova::pg
