#include "pg/email/claim_certifications.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<certification> claim_certifications::run(connection& conn) const {
  std::vector<certification> claimed;
  auto due = conn.exec(sql::claim_certifications, limit, by, in_hand);
  for (auto& [inbox, scope, token, grant, provider, comparison, from, to, cursor, own] :
       due.rows<inbox_id, std::string, int64_t, grant_id, std::string, int64_t, int64_t, int64_t,
                std::string, bool>())
    claimed.push_back({std::move(inbox), std::move(scope), token, std::move(grant),
                       std::move(provider), comparison, day_range{from, to}, std::move(cursor),
                       own});
  return claimed;
}

} // namespace nova::pg
