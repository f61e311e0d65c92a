#include "pg/cluster/expire_nodes.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<int64_t> expire_nodes::run(connection& conn) const {
  return conn.exec(sql::expire_nodes, judge, lease.count()).column<int64_t>();
}

} // namespace nova::pg
