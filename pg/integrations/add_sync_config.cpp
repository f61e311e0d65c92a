#include "pg/integrations/add_sync_config.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::string add_sync_config::run(connection& conn) const {
  return conn
    .exec(sql::add_sync_config, integration, provider, integration_settings, secret_name, stream)
    .value<std::string>();
}

} // namespace nova::pg
