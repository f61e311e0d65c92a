#include "pg/email/claim_threads.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<thread_claim> claim_threads::run(connection& conn) const {
  std::vector<thread_claim> claims;
  auto claimed = conn.exec(sql::claim_threads, node, epoch, limit);
  claims.reserve(static_cast<size_t>(claimed.size()));
  for (auto& [config, thread, token, attempt, inbox, grant, named, provider] :
       claimed.rows<config_id, thread_id, int64_t, uint32_t, inbox_id, grant_id,
                    std::vector<message_id>, std::string>())
    claims.push_back({std::move(config), std::move(thread), std::move(inbox), std::move(grant),
                      token, attempt, std::move(named), std::move(provider)});
  return claims;
}

} // namespace nova::pg
