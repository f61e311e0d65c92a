#include "pg/integrations/schedule_sync_retry.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::string schedule_sync_retry::run(connection& conn) const {
  return conn.exec(sql::schedule_sync_retry, run_id).value<std::string>();
}

} // namespace nova::pg
