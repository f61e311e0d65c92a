#include "pg/integrations/sync_least.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::string sync_least::run(connection& conn) const {
  return conn.exec(sql::sync_least, type, one, other).value<std::string>();
}

} // namespace nova::pg
