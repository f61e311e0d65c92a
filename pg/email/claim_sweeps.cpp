#include "pg/email/claim_sweeps.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<sweep> claim_sweeps::run(connection& conn) const {
  std::vector<sweep> claimed;
  auto due = conn.exec(sql::claim_sweeps, int64_t{every.count()}, limit);
  for (auto& [inbox, grant, from] : due.rows<inbox_id, grant_id, int64_t>())
    claimed.push_back({std::move(inbox), std::move(grant), from});
  return claimed;
}

} // namespace nova::pg
