#include "pg/messenger/messenger_ages.hpp"

#include "pg/systems.hpp"
#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<transport_age> messenger_ages::run(connection& conn) const {
  std::vector<transport_age> all;
  if (!has_system(conn, "messenger"))
    return all;
  for (auto& [transport, ready, next] :
       conn.exec(sql::messenger_ages).rows<std::string, double, std::optional<double>>())
    all.push_back({std::move(transport), ready, next});
  return all;
}

} // namespace nova::pg
