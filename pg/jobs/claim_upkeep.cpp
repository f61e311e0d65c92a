#include "pg/jobs/claim_upkeep.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<claimed_upkeep> claim_upkeep::run(connection& conn) const {
  auto answer = conn.exec(sql::claim_upkeep, worker, lease.count(), limit);
  std::vector<claimed_upkeep> all;
  for (auto& [task, token, kind, target, options, attempts] :
       answer.rows<std::string, int64_t, std::string, std::string, std::string, int32_t>())
    all.push_back(
      {std::move(task), token, std::move(kind), std::move(target), std::move(options), attempts});
  return all;
}

} // namespace nova::pg
