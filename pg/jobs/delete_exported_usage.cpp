#include "pg/jobs/delete_exported_usage.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t delete_exported_usage::run(connection& conn) const {
  return conn.exec(sql::delete_exported_usage, month, part, keep, ids, lines).value<int64_t>();
}

} // namespace nova::pg
