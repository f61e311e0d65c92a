#include "pg/integrations/prune_syncs.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t prune_syncs::run(connection& conn) const {
  return conn.exec(sql::prune_syncs).value<uint64_t>();
}

} // namespace nova::pg
