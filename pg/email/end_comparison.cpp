#include "pg/email/end_comparison.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool end_comparison::run(connection& conn) const {
  return conn.exec(sql::end_comparison, comparison, calls).value<bool>();
}

} // namespace nova::pg
