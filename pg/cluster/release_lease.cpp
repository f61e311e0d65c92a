#include "pg/cluster/release_lease.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool release_lease::run(connection& conn) const {
  return conn.exec(sql::release_lease, lease, node, token).value<bool>();
}

} // namespace nova::pg
