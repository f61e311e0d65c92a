#include "pg/integrations/sync_tables.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<readable_table> sync_tables::run(connection& conn) const {
  std::vector<readable_table> all;
  auto found = conn.exec(sql::sync_tables);
  for (auto& [schema, table, rows, key] :
       found.rows<std::string, std::string, int64_t, std::string>())
    all.push_back({std::move(schema), std::move(table), rows, std::move(key)});
  return all;
}

} // namespace nova::pg
