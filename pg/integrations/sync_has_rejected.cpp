#include "pg/integrations/sync_has_rejected.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool sync_has_rejected::run(connection& conn) const {
  return conn.exec(sql::sync_has_rejected, config).value<bool>();
}

} // namespace nova::pg
