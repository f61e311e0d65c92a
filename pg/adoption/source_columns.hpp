#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// A column of a table or view in the database of the Node service.
struct source_column {
  std::string table, name, type;
  bool rows_hidden = false; // row-level security may hide rows of the table from us
};

/// What there is in a schema of the Node service's database.
struct source_columns {
  static constexpr const char* name = "source_columns";

  std::string schema;

  std::vector<source_column> run(connection& source) const;
};

} // namespace nova::pg
