#include "pg/email/list_inboxes.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<inbox> list_inboxes::run(connection& conn) const {
  std::vector<inbox> all;
  auto found = conn.exec(sql::list_inboxes, key);
  for (auto& [id, email, grant, provider, status, reason, verified_at, away_since] :
       found.rows<inbox_id, std::string, grant_id, std::string, std::string, std::string, int64_t,
                  int64_t>())
    all.push_back({std::move(id), std::move(email), std::move(grant), std::move(provider),
                   std::move(status), std::move(reason), verified_at, away_since});
  return all;
}

} // namespace nova::pg
