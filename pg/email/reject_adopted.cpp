#include "pg/email/reject_adopted.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void reject_adopted::run(connection& conn) const {
  conn.exec(sql::reject_adopted, table, id, digest, reason);
}

} // namespace nova::pg
