#include "pg/messenger/messenger_schedules.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<schedule_row> messenger_schedules::run(connection& conn) const {
  using text = std::string;
  std::vector<schedule_row> all;
  auto found = conn.exec(sql::messenger_schedules);
  for (auto& [schedule_name, kind, schedule, timezone, type, transport, enabled, next, last, runs,
              missed, skipped, last_error] :
       found.rows<text, text, text, text, text, text, bool, int64_t, int64_t, int64_t, int64_t,
                  int64_t, text>())
    all.push_back({std::move(schedule_name), std::move(kind), std::move(schedule),
                   std::move(timezone), std::move(type), std::move(transport),
                   std::move(last_error), enabled, next, last, runs, missed, skipped});
  return all;
}

} // namespace nova::pg
