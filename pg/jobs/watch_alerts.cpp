#include "pg/jobs/watch_alerts.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

alerts_watched watch_alerts::run(connection& conn) const {
  auto [ended, warning, critical] =
    conn.exec(sql::watch_alerts, kinds, keys, severities, titles, details, complete)
      .one<int64_t, int64_t, int64_t>();
  return {ended, warning, critical};
}

} // namespace nova::pg
