#include "pg/cluster/find_namesake.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::optional<namesake> find_namesake::run(connection& conn) const {
  auto row = conn.exec(sql::find_namesake, node_name)
               .maybe<int64_t, std::string, std::string, int64_t, int64_t>();
  if (!row)
    return std::nullopt;
  auto& [id, address, machine, up, heartbeat_at] = *row;
  return namesake{id, std::move(address), std::move(machine), std::chrono::seconds{up},
                  heartbeat_at};
}

} // namespace nova::pg
