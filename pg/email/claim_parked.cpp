#include "pg/email/claim_parked.hpp"

#include "pg/email/release_parked.hpp"
#include "schema/queries.hpp"

#include <string_view>
#include <utility>

namespace nova::pg {

std::vector<parked_notification> claim_parked::run(connection& conn) {
  if (std::exchange(doubtful, true) && node != 0)
    release_parked{node, in_hand}.run(conn);
  std::vector<std::string_view> grants;
  std::vector<int32_t> counts;
  for (const auto& of_grant : held) {
    grants.push_back(of_grant.grant.value);
    counts.push_back(static_cast<int32_t>(of_grant.held));
  }
  std::vector<parked_notification> all;
  auto taken = conn.exec(sql::claim_parked, limit, share, grants, counts, node);
  for (auto& [id, grant, tries, payload, received_at] :
       taken.rows<notification_id, grant_id, uint32_t, std::string, int64_t>())
    all.push_back({std::move(id), std::move(grant), tries, std::move(payload), received_at});
  return all;
}

} // namespace nova::pg
