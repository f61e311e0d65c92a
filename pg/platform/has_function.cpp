#include "pg/platform/has_function.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool has_function::run(connection& conn) const {
  return conn.exec(sql::has_function, signature).value<bool>();
}

} // namespace nova::pg
