#include "pg/email/lock_threads_of.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void lock_threads_of::run(connection& conn) const {
  conn.exec(sql::lock_threads_of, inbox_ids, message_ids, thread_ids);
}

} // namespace nova::pg
