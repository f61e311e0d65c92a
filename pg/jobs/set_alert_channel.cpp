#include "pg/jobs/set_alert_channel.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t set_alert_channel::run(connection& conn) const {
  return conn
    .exec(sql::set_alert_channel, channel.name, channel.kind, channel.recipients, channel.url,
          channel.url_secret, channel.secret_name, channel.format, channel.allow_private,
          channel.kinds, channel.window.count(), must_be_new)
    .value<int64_t>();
}

} // namespace nova::pg
