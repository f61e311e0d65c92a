#include "pg/integrations/update_sync_watermark.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::string update_sync_watermark::run(connection& conn) const {
  return conn.exec(sql::update_sync_watermark, config, watermark).value<std::string>();
}

} // namespace nova::pg
