#include "pg/queue/queue_send_again.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t queue_send_again::run(connection& conn) const {
  return conn.exec(sql::queue_send_again, queue, ids).value<int64_t>();
}

} // namespace nova::pg
