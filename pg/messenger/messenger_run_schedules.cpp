#include "pg/messenger/messenger_run_schedules.hpp"

#include "schema/queries.hpp"

#include <string>

namespace nova::pg {

uint64_t messenger_run_schedules::run(connection& conn) const {
  uint64_t sent = 0;
  auto answer = conn.exec(sql::messenger_run_schedules);
  for (const auto& [schedule, slot, message, outcome] :
       answer.rows<std::string, int64_t, int64_t, std::string>())
    sent += outcome == "sent" ? 1 : 0;
  return sent;
}

} // namespace nova::pg
