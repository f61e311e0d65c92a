#include "pg/email/rows_to_adopt.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<std::string> rows_to_adopt::run(connection& conn) const {
  return conn.exec(sql::rows_to_adopt, table, ids, digests).column<std::string>();
}

} // namespace nova::pg
