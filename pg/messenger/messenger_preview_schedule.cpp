#include "pg/messenger/messenger_preview_schedule.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<std::string> messenger_preview_schedule::run(connection& conn) const {
  return conn.exec(sql::messenger_preview_schedule, schedule, count).column<std::string>();
}

} // namespace nova::pg
