#include "pg/jobs/table_sizes.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

sizes_of_tables table_sizes::run(connection& conn) const {
  sizes_of_tables found;
  for (auto& [table, total, alone, rest, bytes, tables] :
       conn.exec(sql::table_sizes, limit)
         .rows<std::string, int64_t, int64_t, int64_t, int64_t, int64_t>()) {
    found.largest.push_back({std::move(table), total, alone, rest});
    found.bytes = bytes;
    found.tables = tables;
  }
  return found;
}

} // namespace nova::pg
