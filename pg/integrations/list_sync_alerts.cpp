#include "pg/integrations/list_sync_alerts.hpp"

#include "pg/unless_empty.hpp"
#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<sync_alert> list_sync_alerts::run(connection& conn) const {
  std::vector<sync_alert> all;
  auto found = conn.exec(sql::list_sync_alerts, unless_empty(status), limit);
  for (auto& [id, integration, stream, type, channel, recipient, delivery, error, attempts, created,
              sent] :
       found.rows<std::string, std::string, std::string, std::string, std::string, std::string,
                  std::string, std::string, int32_t, int64_t, int64_t>())
    all.push_back({std::move(id), std::move(integration), std::move(stream), std::move(type),
                   std::move(channel), std::move(recipient), std::move(delivery), std::move(error),
                   attempts, created, sent});
  return all;
}

} // namespace nova::pg
