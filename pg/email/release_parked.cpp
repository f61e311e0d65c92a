#include "pg/email/release_parked.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t release_parked::run(connection& conn) const {
  return conn.exec(sql::release_parked, node, in_hand).value<uint64_t>();
}

} // namespace nova::pg
