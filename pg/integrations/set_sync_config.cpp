#include "pg/integrations/set_sync_config.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool set_sync_config::run(connection& conn) const {
  return conn
    .exec(sql::set_sync_config, config, mode, incremental_key, watermark_type, settings, cron,
          timezone, every, max_retries, retry_base, retry_max, secret_name, integration_settings)
    .value<bool>();
}

} // namespace nova::pg
