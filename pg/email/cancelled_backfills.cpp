#include "pg/email/cancelled_backfills.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<config_id> cancelled_backfills::run(connection& conn) const {
  return conn.exec(sql::cancelled_backfills, configs).column<config_id>();
}

} // namespace nova::pg
