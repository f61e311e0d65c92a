#include "pg/jobs/gather_alerts.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t gather_alerts::run(connection& conn) const {
  return conn.exec(sql::gather_alerts, gather.count(), hold.count(), now).value<int64_t>();
}

} // namespace nova::pg
