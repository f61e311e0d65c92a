#include "pg/jobs/retain_rows.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t retain_rows::run(connection& conn) const {
  return conn.exec(sql::retain_rows, target, keep, limit).value<int64_t>();
}

} // namespace nova::pg
