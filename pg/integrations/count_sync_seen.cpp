#include "pg/integrations/count_sync_seen.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t count_sync_seen::run(connection& conn) const {
  return conn.exec(sql::count_sync_seen, run_id).value<int64_t>();
}

} // namespace nova::pg
