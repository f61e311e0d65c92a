#include "pg/messenger/messenger_schedule_enable.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool messenger_schedule_enable::run(connection& conn) const {
  return !conn.exec(sql::messenger_schedule_enable, schedule, enabled).empty();
}

} // namespace nova::pg
