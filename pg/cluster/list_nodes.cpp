#include "pg/cluster/list_nodes.hpp"

#include "schema/queries.hpp"

#include <optional>
#include <utility>

namespace nova::pg {

std::vector<node_row> list_nodes::run(connection& conn) const {
  std::vector<node_row> all;
  auto nodes = conn.exec(sql::list_nodes, ended_within_hours);
  for (auto& [id, node, epoch, roles, address, version, state, started, heard, alive, reason] :
       nodes.rows<int64_t, std::string, int64_t, std::vector<std::string>, std::string, std::string,
                  std::string, int64_t, int64_t, bool, std::optional<std::string>>())
    all.push_back({id, std::move(node), epoch, std::move(roles), std::move(address),
                   std::move(version), std::move(state), started, heard, alive,
                   reason.value_or("")});
  return all;
}

} // namespace nova::pg
