#include "pg/cluster/register_node.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

incarnation register_node::run(connection& conn) const {
  auto [id, epoch] =
    conn
      .exec(sql::register_node, node.name, node.roles, node.version, node.address, node.protocol,
            node.protocol_min, node.capacity, lease.count(), node.machine, node.replaces)
      .one<int64_t, int64_t>();
  return {id, epoch};
}

} // namespace nova::pg
