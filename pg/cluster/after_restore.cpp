#include "pg/cluster/after_restore.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<restore_step> after_restore::run(connection& conn) const {
  std::vector<restore_step> steps;
  auto answer = conn.exec(sql::after_restore);
  for (auto& [step, rows] : answer.rows<std::string, int64_t>())
    steps.push_back({std::move(step), rows});
  return steps;
}

} // namespace nova::pg
