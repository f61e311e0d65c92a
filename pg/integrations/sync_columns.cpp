#include "pg/integrations/sync_columns.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<sync_column> sync_columns::run(connection& conn) const {
  std::vector<sync_column> all;
  auto found = conn.exec(sql::sync_columns, schema, table);
  for (auto& [column, type, comparable, generated, nullable] :
       found.rows<std::string, std::string, bool, bool, bool>())
    all.push_back({std::move(column), std::move(type), comparable, generated, nullable});
  return all;
}

} // namespace nova::pg
