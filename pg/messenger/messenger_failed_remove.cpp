#include "pg/messenger/messenger_failed_remove.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<std::string> messenger_failed_remove::run(connection& conn) const {
  return conn.exec(sql::messenger_failed_remove, ids).column<std::string>();
}

} // namespace nova::pg
