#include "pg/email/revisit_threads.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t revisit_threads::run(connection& conn) const {
  return conn.exec(sql::revisit_threads, limit).value<uint64_t>();
}

} // namespace nova::pg
