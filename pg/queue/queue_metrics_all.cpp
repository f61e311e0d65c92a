#include "pg/queue/queue_metrics_all.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<queue_metrics> queue_metrics_all::run(connection& conn) const {
  std::vector<queue_metrics> all;
  auto figures = conn.exec(sql::queue_metrics_all);
  for (auto& [queue, length, visible, total, archived, oldest, newest, trouble] :
       figures
         .rows<std::string, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, std::string>())
    all.push_back(
      {std::move(queue), length, visible, total, archived, oldest, newest, std::move(trouble)});
  return all;
}

} // namespace nova::pg
