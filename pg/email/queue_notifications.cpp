#include "pg/email/queue_notifications.hpp"

#include "schema/queries.hpp"

#include <string_view>

namespace nova::pg {

std::vector<bool> queue_notifications::run(connection& conn) const {
  if (notifications.empty())
    return {};
  std::vector<std::string_view> ids, types, grants, payloads;
  for (const auto& notification : notifications) {
    ids.push_back(notification.id);
    types.push_back(notification.type);
    grants.push_back(notification.grant.value);
    payloads.push_back(notification.payload);
  }
  return conn.exec(sql::queue_notifications, ids, types, grants, payloads).column<bool>();
}

} // namespace nova::pg
