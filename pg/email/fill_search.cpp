#include "pg/email/fill_search.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t fill_search::run(connection& conn) const {
  return conn.exec(sql::fill_search, limit).value<uint64_t>();
}

} // namespace nova::pg
