#include "pg/queue/queue_release_unread.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t queue_release_unread::run(connection& conn) const {
  return conn.exec(sql::queue_release_unread, reader, queue, held).value<uint64_t>();
}

} // namespace nova::pg
