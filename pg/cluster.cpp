#include "pg/cluster.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

incarnation register_node(connection& conn, const node_start& start,
                          std::chrono::milliseconds lease) {
  auto [id, epoch] = conn
                       .exec(sql::register_node, start.name, start.roles, start.version,
                             start.address, start.protocol, start.protocol_min, start.capacity,
                             lease.count(), start.machine, start.replaces)
                       .one<int64_t, int64_t>();
  return {id, epoch};
}

std::optional<cluster_view> heartbeat(connection& conn, int64_t node,
                                      std::chrono::milliseconds lease, std::string_view load) {
  auto said = load.empty() ? std::nullopt : std::optional{std::string{load}};
  auto row = conn.exec(sql::heartbeat_node, node, lease.count(), said)
               .maybe<std::string, int64_t, int64_t>();
  if (!row)
    return std::nullopt;
  auto& [state, version, settings_revision] = *row;
  return cluster_view{std::move(state), version, settings_revision};
}

bool set_node_state(connection& conn, int64_t node, std::string_view state) {
  return conn.exec(sql::set_node_state, node, state).value<bool>();
}

bool leave(connection& conn, int64_t node) {
  return conn.exec(sql::leave_cluster, node).value<bool>();
}

std::vector<node_row> list_nodes(connection& conn, uint32_t ended_within_hours) {
  std::vector<node_row> all;
  auto nodes = conn.exec(sql::list_nodes, ended_within_hours);
  for (auto& [id, name, epoch, roles, address, version, state, started, heard, alive, reason] :
       nodes.rows<int64_t, std::string, int64_t, std::vector<std::string>, std::string, std::string,
                  std::string, int64_t, int64_t, bool, std::optional<std::string>>())
    all.push_back({id, std::move(name), epoch, std::move(roles), std::move(address),
                   std::move(version), std::move(state), started, heard, alive,
                   reason.value_or("")});
  return all;
}

std::map<std::string, int64_t> take_leases(connection& conn, const std::vector<std::string>& names,
                                           int64_t node, std::chrono::milliseconds duration) {
  std::map<std::string, int64_t> taken;
  auto rows = conn.exec(sql::take_leases, names, node, duration.count());
  for (auto& [name, token] : rows.rows<std::string, int64_t>())
    taken.emplace(std::move(name), token);
  return taken;
}

std::set<std::string> renew_leases(connection& conn, int64_t node,
                                   const std::map<std::string, int64_t>& held,
                                   std::chrono::milliseconds duration) {
  std::vector<std::string> names;
  std::vector<int64_t> tokens;
  for (const auto& [name, token] : held) {
    names.push_back(name);
    tokens.push_back(token);
  }
  std::set<std::string> still;
  auto rows = conn.exec(sql::renew_leases, node, names, tokens, duration.count());
  for (auto& [name] : rows.rows<std::string>())
    still.insert(std::move(name));
  return still;
}

bool release_lease(connection& conn, std::string_view name, int64_t node, int64_t token) {
  return conn.exec(sql::release_lease, name, node, token).value<bool>();
}

pruned prune_cluster_history(connection& conn) {
  auto [failures, nodes] = conn.exec(sql::prune_cluster_history).one<int64_t, int64_t>();
  return {failures, nodes};
}

} // namespace nova::pg
