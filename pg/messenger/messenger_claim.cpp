#include "pg/messenger/messenger_claim.hpp"

#include "schema/queries.hpp"

#include <optional>
#include <utility>

namespace nova::pg {

std::vector<claimed_message> messenger_claim::run(connection& conn) const {
  auto some = queues.empty() ? std::nullopt : std::optional{queues};
  auto answer = conn.exec(sql::messenger_claim, transport, some, worker, limit, lease.count());
  std::vector<claimed_message> all;
  for (auto& [id, token, type, body, headers, queue, attempts, deliveries, crashes, tenant] :
       answer.rows<int64_t, int64_t, std::string, std::string, std::string, std::string, int32_t,
                   int32_t, int32_t, std::optional<std::string>>())
    all.push_back({id, token, std::move(type), std::move(body), std::move(headers),
                   std::move(queue), attempts, deliveries, crashes,
                   std::move(tenant).value_or("")});
  return all;
}

} // namespace nova::pg
