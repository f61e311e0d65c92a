#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

struct sync_column {
  std::string name, type;
  bool comparable = false; // two values are equal or not
  bool generated = false;  // nobody can write it
  bool nullable = false;
};

/// The columns of a table of any database, in their order; none: there is no such table.
struct sync_columns {
  static constexpr const char* name = "sync_columns";

  std::string schema, table;

  std::vector<sync_column> run(connection& conn) const;
};

} // namespace nova::pg
