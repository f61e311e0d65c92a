#include "pg/jobs/release_upkeep_of.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t release_upkeep_of::run(connection& conn) const {
  return conn.exec(sql::release_upkeep_of, workers).value<uint64_t>();
}

} // namespace nova::pg
