#include "pg/cluster_members.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

member_list list_members(connection& conn) {
  member_list found;
  auto rows = conn.exec(sql::list_members);
  for (auto& [version, id, epoch, name, address, app, state, roles, protocol, oldest, capacity,
              machine] :
       rows.rows<int64_t, int64_t, int64_t, std::string, std::string, std::string, std::string,
                 std::vector<std::string>, int32_t, int32_t, int32_t, std::string>()) {
    found.version = version;
    found.members.push_back(
      {id, epoch, name, address, app, state, roles, protocol, oldest, capacity, machine});
  }
  return found;
}

std::optional<namesake> find_namesake(connection& conn, std::string_view name) {
  auto row = conn.exec(sql::find_namesake, name)
               .maybe<int64_t, std::string, std::string, int64_t, int64_t>();
  if (!row)
    return std::nullopt;
  auto& [id, address, machine, up, heartbeat_at] = *row;
  return namesake{id, std::move(address), std::move(machine), std::chrono::seconds{up},
                  heartbeat_at};
}

bool suspect_node(connection& conn, const suspicion& vote, std::chrono::milliseconds lease) {
  return conn
    .exec(sql::suspect_node, vote.voter, vote.suspected, vote.refused, vote.why, lease.count())
    .value<bool>();
}

std::vector<int64_t> expire_nodes(connection& conn, int64_t judge,
                                  std::chrono::milliseconds lease) {
  std::vector<int64_t> gone;
  auto rows = conn.exec(sql::expire_nodes, judge, lease.count());
  for (const auto& [node] : rows.rows<int64_t>())
    gone.push_back(node);
  return gone;
}

} // namespace nova::pg
