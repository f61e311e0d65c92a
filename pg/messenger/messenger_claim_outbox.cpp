#include "pg/messenger/messenger_claim_outbox.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<outbox_message> messenger_claim_outbox::run(connection& conn) const {
  std::vector<outbox_message> all;
  auto found = conn.exec(sql::messenger_claim_outbox, transport, worker, limit, lease.count());
  for (auto& [id, token, payload] : found.rows<int64_t, int64_t, std::string>())
    all.push_back({id, token, std::move(payload)});
  return all;
}

} // namespace nova::pg
