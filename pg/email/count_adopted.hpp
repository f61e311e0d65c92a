#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// What became of a table's rows.
struct adopted_count {
  std::string table;
  int64_t copied = 0, rejected = 0;
};

/// How many rows of the Node service were copied so far.
struct count_adopted {
  static constexpr const char* name = "count_adopted";

  std::vector<adopted_count> run(connection& conn) const;
};

} // namespace nova::pg
