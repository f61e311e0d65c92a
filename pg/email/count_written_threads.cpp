#include "pg/email/count_written_threads.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t count_written_threads::run(connection& conn) {
  return conn.exec(sql::count_written_threads).value<int64_t>();
}

} // namespace nova::pg
