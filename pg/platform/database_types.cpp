#include "pg/platform/database_types.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<schema_types> database_types::run(connection& conn) const {
  std::vector<schema_types> all;
  auto found = conn.exec(sql::database_types, schemas);
  for (auto& [schema, body, enums] : found.rows<std::string, std::string, std::string>())
    all.push_back({std::move(schema), std::move(body), std::move(enums)});
  return all;
}

} // namespace nova::pg
