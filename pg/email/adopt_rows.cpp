#include "pg/email/adopt_rows.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void adopt_rows::run(connection& conn) const {
  conn.exec(sql::adopt_rows, table, ids, digests, rows, map);
}

} // namespace nova::pg
