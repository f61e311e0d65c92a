#include "pg/email/queue_ages.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<queue_age> queue_ages::run(connection& conn) const {
  std::vector<queue_age> all;
  auto found = conn.exec(sql::queue_ages);
  for (auto& [queue, seconds] : found.rows<std::string, double>())
    all.push_back({std::move(queue), seconds});
  return all;
}

} // namespace nova::pg
