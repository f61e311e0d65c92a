#include "pg/messenger/messenger_backfill_schedule.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<sent_slot> messenger_backfill_schedule::run(connection& conn) const {
  std::vector<sent_slot> sent;
  auto answer = conn.exec(sql::messenger_backfill_schedule, schedule, from_s, to_s);
  for (auto& [slot, message] : answer.rows<std::string, int64_t>())
    sent.push_back({std::move(slot), message});
  return sent;
}

} // namespace nova::pg
