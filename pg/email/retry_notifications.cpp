#include "pg/email/retry_notifications.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<notification_id> retry_notifications::run(connection& conn) const {
  return conn.exec(sql::retry_notifications, ids).column<notification_id>();
}

} // namespace nova::pg
