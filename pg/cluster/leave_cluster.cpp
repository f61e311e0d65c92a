#include "pg/cluster/leave_cluster.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool leave_cluster::run(connection& conn) const {
  return conn.exec(sql::leave_cluster, node).value<bool>();
}

} // namespace nova::pg
