#include "pg/cluster/heartbeat_node.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::optional<cluster_view> heartbeat_node::run(connection& conn) const {
  auto said = load.empty() ? std::nullopt : std::optional{load};
  auto row = conn.exec(sql::heartbeat_node, node, lease.count(), said)
               .maybe<std::string, int64_t, int64_t>();
  if (!row)
    return std::nullopt;
  auto& [state, version, settings_revision] = *row;
  return cluster_view{std::move(state), version, settings_revision};
}

} // namespace nova::pg
