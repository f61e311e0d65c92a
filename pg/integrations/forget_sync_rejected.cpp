#include "pg/integrations/forget_sync_rejected.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void forget_sync_rejected::run(connection& conn) const {
  conn.exec(sql::forget_sync_rejected, config, run_id);
}

} // namespace nova::pg
