#include "pg/email/open_comparison.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void open_comparison::run(connection& conn) const {
  conn.exec(sql::open_comparison, comparison);
}

} // namespace nova::pg
