#include "pg/email/lacking_rows.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<lacking_row> lacking_rows::run(connection& conn) const {
  std::vector<lacking_row> all;
  auto found = conn.exec(sql::lacking_rows, table, ids, keys);
  for (auto& [id, reason] : found.rows<std::string, std::string>())
    all.push_back({std::move(id), std::move(reason)});
  return all;
}

} // namespace nova::pg
