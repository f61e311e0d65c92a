#include "pg/queue/queue_read.hpp"

#include "pg/queue/queue_rows.hpp"
#include "schema/queries.hpp"

namespace nova::pg {

std::vector<queue_message> queue_read::run(connection& conn) const {
  return queue_rows(conn.exec(sql::queue_read, queue, visibility_s, limit, reader));
}

} // namespace nova::pg
