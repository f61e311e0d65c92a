#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct readable_table {
  std::string schema, table;
  int64_t rows = -1; // about; -1: unknown
  std::string key;   // empty: it has no primary key
};

/// The tables and views of any database that may be read; a thousand at most.
struct sync_tables {
  static constexpr const char* name = "sync_tables";

  std::vector<readable_table> run(connection& conn) const;
};

} // namespace nova::pg
