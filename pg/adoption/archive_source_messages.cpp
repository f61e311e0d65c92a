#include "pg/adoption/archive_source_messages.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t archive_source_messages::run(connection& source) const {
  return source.exec(sql::archive_source_messages, queue, ids).value<int64_t>();
}

} // namespace nova::pg
