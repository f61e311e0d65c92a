#include "pg/jobs/claim_upkeep_now.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::optional<claimed_upkeep> claim_upkeep_now::run(connection& conn) const {
  auto found = conn.exec(sql::claim_upkeep_now, task, worker, lease.count())
                 .maybe<std::string, int64_t, std::string, std::string, std::string, int32_t>();
  if (!found)
    return std::nullopt;
  auto& [named, token, kind, target, options, attempts] = *found;
  return claimed_upkeep{std::move(named),   token,   std::move(kind), std::move(target),
                        std::move(options), attempts};
}

} // namespace nova::pg
