#include "pg/jobs/archive_conversations.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t archive_conversations::run(connection& conn) const {
  return conn.exec(sql::archive_conversations, older, limit).value<int64_t>();
}

} // namespace nova::pg
