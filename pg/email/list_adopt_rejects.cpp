#include "pg/email/list_adopt_rejects.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<adopt_reject> list_adopt_rejects::run(connection& conn) const {
  std::vector<adopt_reject> all;
  auto found = conn.exec(sql::list_adopt_rejects, limit);
  for (auto& [table, id, reason] : found.rows<std::string, std::string, std::string>())
    all.push_back({std::move(table), std::move(id), std::move(reason)});
  return all;
}

} // namespace nova::pg
