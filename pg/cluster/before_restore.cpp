#include "pg/cluster/before_restore.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int32_t before_restore::run(connection& conn) const {
  return conn.exec(sql::before_restore, queues).value<int32_t>();
}

} // namespace nova::pg
