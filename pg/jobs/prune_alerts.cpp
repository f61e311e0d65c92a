#include "pg/jobs/prune_alerts.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t prune_alerts::run(connection& conn) const {
  return conn.exec(sql::prune_alerts).value<int64_t>();
}

} // namespace nova::pg
