#include "pg/email/park_floods.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t park_floods::run(connection& conn) const {
  return conn.exec(sql::park_floods, share, window).value<uint64_t>();
}

} // namespace nova::pg
