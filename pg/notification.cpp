#include "pg/notification.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<notification_row> find_notifications(connection& conn,
                                                 const std::vector<std::string>& ids) {
  std::vector<notification_row> found;
  for (auto& [id, payload, received_at] :
       conn.exec(sql::find_notifications, ids).rows<std::string, std::string, int64_t>())
    found.push_back({std::move(id), std::move(payload), received_at});
  return found;
}

} // namespace nova::pg
