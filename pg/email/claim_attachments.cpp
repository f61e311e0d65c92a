#include "pg/email/claim_attachments.hpp"

#include "schema/queries.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace nova::pg {

std::vector<due_attachment> claim_attachments::run(connection& conn) const {
  std::vector<std::string_view> grants;
  std::vector<int32_t> counts;
  for (const auto& of_grant : held) {
    grants.push_back(of_grant.grant.value);
    counts.push_back(static_cast<int32_t>(of_grant.held));
  }
  std::vector<due_attachment> all;
  auto taken = conn.exec(sql::claim_attachments, limit, share, grants, counts, bytes_max, node);
  for (auto& [inbox, grant, message, id, listed_size, attempts, until] :
       taken.rows<inbox_id, grant_id, message_id, attachment_id, std::optional<uint64_t>, uint32_t,
                  int64_t>())
    all.push_back({std::move(inbox), std::move(grant), std::move(message), std::move(id),
                   listed_size, attempts, until});
  return all;
}

} // namespace nova::pg
