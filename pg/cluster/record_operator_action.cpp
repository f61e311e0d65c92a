#include "pg/cluster/record_operator_action.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void record_operator_action::run(connection& conn) const {
  conn.exec(sql::record_operator_action, line.who, line.role, line.via, line.action, line.target,
            line.arguments, line.reason, line.outcome, line.node);
}

} // namespace nova::pg
