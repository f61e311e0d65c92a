#include "pg/messenger/messenger_claim_sent.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::optional<claimed_message> messenger_claim_sent::run(connection& conn) const {
  auto found = conn.exec(sql::messenger_claim_sent, id, worker, lease.count());
  auto row = found.maybe<int64_t, int64_t, std::string, std::string, std::string, std::string,
                         int32_t, int32_t, int32_t, std::optional<std::string>>();
  if (!row)
    return std::nullopt;
  auto& [its_id, token, type, body, headers, queue, attempts, deliveries, crashes, tenant] = *row;
  return claimed_message{
    its_id,           token,    std::move(type), std::move(body), std::move(headers),
    std::move(queue), attempts, deliveries,      crashes,         std::move(tenant).value_or("")};
}

} // namespace nova::pg
