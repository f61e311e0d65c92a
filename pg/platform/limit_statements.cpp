#include "pg/platform/limit_statements.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void limit_statements::run(connection& conn) const {
  conn.exec(sql::limit_statements, limit.count());
}

} // namespace nova::pg
