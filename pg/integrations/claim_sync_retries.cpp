#include "pg/integrations/claim_sync_retries.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<claimed_retry> claim_sync_retries::run(connection& conn) const {
  std::vector<claimed_retry> all;
  auto claimed = conn.exec(sql::claim_sync_retries, worker.name, limit, worker.lease.count());
  for (auto& [id, token, config, original, count] :
       claimed.rows<std::string, int64_t, std::string, std::string, int32_t>())
    all.push_back({{std::move(id), token}, std::move(config), std::move(original), count});
  return all;
}

} // namespace nova::pg
