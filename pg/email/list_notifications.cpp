#include "pg/email/list_notifications.hpp"

#include "schema/queries.hpp"

#include <optional>
#include <utility>

namespace nova::pg {

std::vector<notification_row> list_notifications::run(connection& conn) const {
  std::vector<notification_row> all;
  auto wanted = status.empty() ? std::nullopt : std::optional{status};
  auto found = conn.exec(sql::list_notifications, wanted, limit);
  for (auto& [id, type, grant, state, error, received_at, duration, deliveries, retries] :
       found.rows<notification_id, std::string, grant_id, std::string, std::string, int64_t,
                  int64_t, uint32_t, uint32_t>())
    all.push_back({std::move(id), std::move(type), std::move(grant), std::move(state),
                   std::move(error), received_at, duration, deliveries, retries});
  return all;
}

} // namespace nova::pg
