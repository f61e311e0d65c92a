#include "pg/jobs/end_alert_deliveries.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<std::string> end_alert_deliveries::run(connection& conn) const {
  return conn
    .exec(sql::end_alert_deliveries, ids, tokens, verdicts, error_classes, errors, waits_ms, now)
    .column<std::string>();
}

} // namespace nova::pg
