#include "pg/cluster/suspect_node.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool suspect_node::run(connection& conn) const {
  return conn.exec(sql::suspect_node, voter, suspected, refused, why, lease.count()).value<bool>();
}

} // namespace nova::pg
