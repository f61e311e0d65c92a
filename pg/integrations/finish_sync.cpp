#include "pg/integrations/finish_sync.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::string finish_sync::run(connection& conn) const {
  return conn
    .exec(sql::finish_sync, claim.id, claim.token, status, records_read, records_written,
          records_failed, error)
    .value<std::string>();
}

} // namespace nova::pg
