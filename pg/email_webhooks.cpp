#include "pg/email.hpp"
#include "schema/queries.hpp"

namespace nova::pg {

std::vector<notification_row> list_notifications(connection& conn, std::string_view status,
                                                 uint32_t limit) {
  std::vector<notification_row> all;
  auto wanted = status.empty() ? std::nullopt : std::optional<std::string>(status);
  auto found = conn.exec(sql::list_notifications, wanted, limit);
  for (auto& [id, type, grant, state, error, received_at, duration, deliveries, retries] :
       found.rows<std::string, std::string, std::string, std::string, std::string, int64_t, int64_t,
                  uint32_t, uint32_t>())
    all.push_back({std::move(id), std::move(type), std::move(grant), std::move(state),
                   std::move(error), received_at, duration, deliveries, retries});
  return all;
}

std::vector<std::string> retry_notifications(connection& conn,
                                             const std::vector<std::string>& ids) {
  std::vector<std::string> sent;
  auto again = conn.exec(sql::retry_notifications, ids);
  for (auto& [id] : again.rows<std::string>())
    sent.push_back(std::move(id));
  return sent;
}

std::vector<notification_payload> find_notifications(connection& conn,
                                                     const std::vector<std::string>& ids) {
  std::vector<notification_payload> all;
  auto found = conn.exec(sql::find_notification_payloads, ids);
  for (auto& [id, payload, received_at] : found.rows<std::string, std::string, int64_t>())
    all.push_back({std::move(id), std::move(payload), received_at});
  return all;
}

} // namespace nova::pg
