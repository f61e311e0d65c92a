#include "pg/email/claim_refetches.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<refetch> claim_refetches::run(connection& conn) const {
  std::vector<refetch> claimed;
  auto due = conn.exec(sql::claim_refetches, limit);
  for (auto& [inbox, grant, message, not_found, provider] :
       due.rows<inbox_id, grant_id, message_id, uint32_t, std::string>())
    claimed.push_back(
      {std::move(inbox), std::move(grant), std::move(message), not_found, std::move(provider)});
  return claimed;
}

} // namespace nova::pg
