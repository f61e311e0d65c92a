#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Deletes rows of a target that are older. Answers how many.
struct retain_rows {
  static constexpr const char* name = "retain_rows";

  std::string target; // of nova.upkeep_targets('retain')
  std::string keep;   // an interval, a day at least
  int32_t limit = 1000;

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
