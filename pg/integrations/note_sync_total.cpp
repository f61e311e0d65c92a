#include "pg/integrations/note_sync_total.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void note_sync_total::run(connection& conn) const {
  conn.exec(sql::note_sync_total, claim.id, claim.token, total);
}

} // namespace nova::pg
