#include "pg/jobs/remove_alert_channel.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool remove_alert_channel::run(connection& conn) const {
  return conn.exec(sql::remove_alert_channel, channel).value<bool>();
}

} // namespace nova::pg
