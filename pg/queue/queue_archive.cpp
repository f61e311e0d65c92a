#include "pg/queue/queue_archive.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<int64_t> queue_archive::run(connection& conn) const {
  return conn.exec(sql::queue_archive, queue, ids).column<int64_t>();
}

} // namespace nova::pg
