#include "pg/integrations/pause_sync_config.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool pause_sync_config::run(connection& conn) const {
  return conn.exec(sql::pause_sync_config, config, active).value<bool>();
}

} // namespace nova::pg
