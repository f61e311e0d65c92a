#include "pg/integrations/end_sync_run.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::string end_sync_run::run(connection& conn) const {
  return conn.exec(sql::end_sync_run, claim.id, claim.token, status, error_class, error)
    .value<std::string>();
}

} // namespace nova::pg
