#include "pg/cluster/undrain_node.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool undrain_node::run(connection& conn) const {
  return conn.exec(sql::undrain_node, node).value<bool>();
}

} // namespace nova::pg
