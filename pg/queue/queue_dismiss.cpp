#include "pg/queue/queue_dismiss.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t queue_dismiss::run(connection& conn) const {
  return conn.exec(sql::queue_dismiss, queue, ids).value<int64_t>();
}

} // namespace nova::pg
