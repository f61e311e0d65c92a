#include "pg/cluster/list_members.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

member_list list_members::run(connection& conn) const {
  member_list found;
  auto rows = conn.exec(sql::list_members);
  for (auto& [version, id, epoch, node, address, app, state, roles, protocol, oldest, capacity,
              machine] :
       rows.rows<int64_t, int64_t, int64_t, std::string, std::string, std::string, std::string,
                 std::vector<std::string>, int32_t, int32_t, int32_t, std::string>()) {
    found.version = version;
    found.members.push_back(
      {id, epoch, node, address, app, state, roles, protocol, oldest, capacity, machine});
  }
  return found;
}

} // namespace nova::pg
