#include "pg/cluster/drain_node.hpp"

#include "schema/queries.hpp"

#include <cstdint>

namespace nova::pg {

bool drain_node::run(connection& conn) const {
  return conn.exec(sql::drain_node, node, who, reason, int64_t{lasting.count()}).value<bool>();
}

} // namespace nova::pg
