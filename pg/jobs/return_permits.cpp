#include "pg/jobs/return_permits.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t return_permits::run(connection& conn) const {
  return conn.exec(sql::return_permits, handlers, keys, jobs, failed, took_ms).value<uint64_t>();
}

} // namespace nova::pg
