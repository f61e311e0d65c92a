#include "pg/email/start_backfill.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

config_id start_backfill::run(connection& conn) const {
  return conn.exec(sql::start_backfill, inbox, start, end).value<config_id>();
}

} // namespace nova::pg
