#include "pg/cluster/live_settings.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::map<std::string, std::string> live_settings::run(connection& conn) const {
  std::map<std::string, std::string> all;
  for (auto& [key, value] : conn.exec(sql::live_settings).rows<std::string, std::string>())
    all.emplace(std::move(key), std::move(value));
  return all;
}

} // namespace nova::pg
