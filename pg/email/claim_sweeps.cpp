#include "pg/email/claim_sweeps.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<sweep> claim_sweeps::run(connection& conn) const {
  std::vector<sweep> claimed;
  auto due = conn.exec(sql::claim_sweeps, int64_t{every.count()}, limit, in_hand);
  for (auto& [inbox, grant, from, token, cursor, provider] :
       due.rows<inbox_id, grant_id, int64_t, int64_t, std::string, std::string>())
    claimed.push_back(
      {std::move(inbox), std::move(grant), from, token, std::move(cursor), std::move(provider)});
  return claimed;
}

} // namespace nova::pg
