#include "pg/email/find_notification_payloads.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<notification_payload> find_notification_payloads::run(connection& conn) const {
  std::vector<notification_payload> all;
  auto found = conn.exec(sql::find_notification_payloads, ids);
  for (auto& [id, payload, received_at] : found.rows<notification_id, std::string, int64_t>())
    all.push_back({std::move(id), std::move(payload), received_at});
  return all;
}

} // namespace nova::pg
