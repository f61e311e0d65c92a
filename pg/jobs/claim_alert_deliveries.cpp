#include "pg/jobs/claim_alert_deliveries.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<claimed_delivery> claim_alert_deliveries::run(connection& conn) const {
  using text = std::string;
  std::vector<claimed_delivery> all;
  auto answer =
    conn.exec(sql::claim_alert_deliveries, worker, kind, limit, lease.count(), attempts_max, now);
  for (auto& [id, token, attempts, address, format, url, url_secret, secret, allow_private, message,
              thread, created, items] : answer.rows<int64_t, int64_t, int32_t, text, text, text,
                                                    text, text, bool, text, text, int64_t, text>())
    all.push_back({id, token, attempts, std::move(address), std::move(format), std::move(url),
                   std::move(url_secret), std::move(secret), allow_private, std::move(message),
                   std::move(thread), created, std::move(items)});
  return all;
}

} // namespace nova::pg
