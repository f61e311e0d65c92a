#include "pg/messenger/messenger_stats.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<messenger_queue_row> messenger_stats::run(connection& conn) const {
  std::vector<messenger_queue_row> all;
  auto found = conn.exec(sql::messenger_stats);
  for (auto& [transport, queue, ready, delayed, running, failed, oldest] :
       found.rows<std::string, std::string, int64_t, int64_t, int64_t, int64_t, int64_t>())
    all.push_back(
      {std::move(transport), std::move(queue), ready, delayed, running, failed, oldest});
  return all;
}

} // namespace nova::pg
