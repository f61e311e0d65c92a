#include "pg/email/release_expired_threads.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t release_expired_threads::run(connection& conn) const {
  return conn.exec(sql::release_expired_threads, seconds).value<uint64_t>();
}

} // namespace nova::pg
