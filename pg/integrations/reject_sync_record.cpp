#include "pg/integrations/reject_sync_record.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void reject_sync_record::run(connection& conn) const {
  conn.exec(sql::reject_sync_record, config, run_id, keys, reasons, records);
}

} // namespace nova::pg
