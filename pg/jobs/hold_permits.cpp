#include "pg/jobs/hold_permits.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t hold_permits::run(connection& conn) const {
  return conn.exec(sql::hold_permits, worker, jobs, lease.count()).value<uint64_t>();
}

} // namespace nova::pg
