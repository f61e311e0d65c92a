#include "pg/jobs/queues_due.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<queue_due> queues_due::run(connection& conn) const {
  std::vector<queue_due> all;
  for (auto& [queue, in] : conn.exec(sql::queues_due, queues).rows<std::string, int64_t>())
    all.push_back({std::move(queue), std::chrono::milliseconds{in}});
  return all;
}

} // namespace nova::pg
