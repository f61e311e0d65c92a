#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct table_size {
  std::string table;
  int64_t total = 0, alone = 0, rest = 0; // bytes; rest: indexes and long texts
};

struct sizes_of_tables {
  std::vector<table_size> largest;
  int64_t bytes = 0, tables = 0; // of all
};

/// The largest tables of schema public.
struct table_sizes {
  static constexpr const char* name = "table_sizes";

  int64_t limit = 20;

  sizes_of_tables run(connection& conn) const;
};

} // namespace nova::pg
