#include "pg/jobs/run_upkeep.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool run_upkeep::run(connection& conn) const {
  return conn.exec(sql::run_upkeep, task).value<bool>();
}

} // namespace nova::pg
