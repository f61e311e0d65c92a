#include "pg/email/drop_comparison.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void drop_comparison::run(connection& conn) const {
  conn.exec(sql::drop_comparison, comparison);
}

} // namespace nova::pg
