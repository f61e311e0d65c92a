#include "pg/queue/queue_purge.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t queue_purge::run(connection& conn) const {
  return conn.exec(sql::queue_purge, queue).value<int64_t>();
}

} // namespace nova::pg
