#include "pg/jobs/list_alert_deliveries.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<listed_delivery> list_alert_deliveries::run(connection& conn) const {
  using text = std::string;
  std::vector<listed_delivery> found;
  auto answer = conn.exec(sql::list_alert_deliveries, state, limit);
  for (auto& [id, kind, recipient, one, error_class, error, attempts, alerts, title, created, next,
              ended] : answer.rows<int64_t, text, text, text, text, text, int32_t, int64_t, text,
                                   int64_t, int64_t, int64_t>())
    found.push_back({id, std::move(kind), std::move(recipient), std::move(one),
                     std::move(error_class), std::move(error), attempts, alerts, std::move(title),
                     created, next, ended});
  return found;
}

} // namespace nova::pg
