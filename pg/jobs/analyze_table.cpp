#include "pg/jobs/analyze_table.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t analyze_table::run(connection& conn) const {
  return conn.exec(sql::analyze_table, table).value<int64_t>();
}

} // namespace nova::pg
