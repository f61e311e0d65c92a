#include "pg/queue/queue_exists.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool queue_exists::run(connection& conn) const {
  return conn.exec(sql::queue_exists, queue).value<bool>();
}

} // namespace nova::pg
