#include "pg/cluster/set_node_state.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool set_node_state::run(connection& conn) const {
  return conn.exec(sql::set_node_state, node, state).value<bool>();
}

} // namespace nova::pg
