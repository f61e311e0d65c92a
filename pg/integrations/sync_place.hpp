#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::pg {

struct sync_table {
  std::vector<std::string> primary_key;    // columns in the order of the index
  std::vector<std::string> unique_indexes; // columns in the order of their names, with tabs between
  int64_t rows = -1;                       // about; -1: unknown
  bool rows_hidden = false;                // by row-level security
};

/// What is known of a table, or a view, of any database; nothing: there is none.
struct sync_place {
  static constexpr const char* name = "sync_place";

  std::string schema, table;

  std::optional<sync_table> run(connection& conn) const;
};

} // namespace nova::pg
