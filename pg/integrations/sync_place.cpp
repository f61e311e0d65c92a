#include "pg/integrations/sync_place.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::optional<sync_table> sync_place::run(connection& conn) const {
  auto found = conn.exec(sql::sync_place, schema, table)
                 .maybe<std::vector<std::string>, std::vector<std::string>, int64_t, bool>();
  if (!found)
    return std::nullopt;
  auto& [key, unique, rows, hidden] = *found;
  return sync_table{std::move(key), std::move(unique), rows, hidden};
}

} // namespace nova::pg
