#include "pg/jobs/enable_alert_channel.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool enable_alert_channel::run(connection& conn) const {
  return conn.exec(sql::enable_alert_channel, channel, enabled).value<int64_t>() > 0;
}

} // namespace nova::pg
