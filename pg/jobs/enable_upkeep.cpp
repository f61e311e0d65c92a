#include "pg/jobs/enable_upkeep.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool enable_upkeep::run(connection& conn) const {
  return conn.exec(sql::enable_upkeep, task, enabled).value<bool>();
}

} // namespace nova::pg
