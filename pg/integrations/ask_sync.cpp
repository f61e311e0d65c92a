#include "pg/integrations/ask_sync.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::string ask_sync::run(connection& conn) const {
  return conn.exec(sql::ask_sync, config, who, mode).value<std::string>();
}

} // namespace nova::pg
