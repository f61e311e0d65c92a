#include "pg/integrations/close_lost_syncs.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t close_lost_syncs::run(connection& conn) const {
  return conn.exec(sql::close_lost_syncs).value<uint64_t>();
}

} // namespace nova::pg
