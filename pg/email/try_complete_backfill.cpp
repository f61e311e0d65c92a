#include "pg/email/try_complete_backfill.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool try_complete_backfill::run(connection& conn) const {
  return conn.exec(sql::try_complete_backfill, config).value<bool>();
}

} // namespace nova::pg
