#include "pg/integrations/claim_syncs.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<claimed_sync> claim_syncs::run(connection& conn) const {
  std::vector<claimed_sync> all;
  auto claimed = conn.exec(sql::claim_syncs, worker.name, limit, worker.lease.count());
  for (auto& [id, token, of, count] : claimed.rows<std::string, int64_t, std::string, int32_t>())
    all.push_back({{std::move(id), token}, std::move(of), count});
  return all;
}

} // namespace nova::pg
