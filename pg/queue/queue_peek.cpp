#include "pg/queue/queue_peek.hpp"

#include "pg/queue/queue_rows.hpp"
#include "schema/queries.hpp"

namespace nova::pg {

std::vector<queue_message> queue_peek::run(connection& conn) const {
  return queue_rows(conn.exec(sql::queue_peek, queue, limit));
}

} // namespace nova::pg
