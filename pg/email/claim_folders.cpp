#include "pg/email/claim_folders.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<folder_listing> claim_folders::run(connection& conn) const {
  std::vector<folder_listing> claimed;
  auto due = conn.exec(sql::claim_folders, limit);
  for (auto& [inbox, grant, claimed_at] : due.rows<inbox_id, grant_id, int64_t>())
    claimed.push_back({std::move(inbox), std::move(grant), claimed_at});
  return claimed;
}

} // namespace nova::pg
