#include "pg/integrations/cancel_sync.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::string cancel_sync::run(connection& conn) const {
  return conn.exec(sql::cancel_sync, run_id).value<std::string>();
}

} // namespace nova::pg
