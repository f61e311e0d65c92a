#include "pg/queue/queue_send.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t queue_send::run(connection& conn) const {
  return conn.exec(sql::queue_send, queue, body, delay_s).value<int64_t>();
}

} // namespace nova::pg
