#include "pg/email/comparison_settled.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool comparison_settled::run(connection& conn) const {
  return conn.exec(sql::comparison_settled, comparison).value<bool>();
}

} // namespace nova::pg
