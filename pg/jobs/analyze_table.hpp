#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Updates the statistics of a table; answers about how many rows it has.
struct analyze_table {
  static constexpr const char* name = "analyze_table";

  std::string table;

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
