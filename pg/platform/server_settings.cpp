#include "pg/platform/server_settings.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<server_setting> server_settings::run(connection& conn) const {
  std::vector<server_setting> all;
  auto found = conn.exec(sql::server_settings, names);
  for (auto& [what, value, amount, lz4] : found.rows<std::string, std::string, int64_t, bool>())
    all.push_back({std::move(what), std::move(value), amount, lz4});
  return all;
}

} // namespace nova::pg
