#include "pg/email/taken_unarchived.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<int64_t> taken_unarchived::run(connection& conn) const {
  return conn.exec(sql::taken_unarchived, queue).column<int64_t>();
}

} // namespace nova::pg
