#include "pg/email/start_whole_backfill.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

config_id start_whole_backfill::run(connection& conn) const {
  return conn.exec(sql::start_whole_backfill, inbox, end).value<config_id>();
}

} // namespace nova::pg
