#include "pg/email/record_rejects.hpp"

#include "pg/program_version.hpp"
#include "schema/queries.hpp"

#include <string_view>

namespace nova::pg {

void record_rejects::run(connection& conn) const {
  if (rejects.empty())
    return;
  std::vector<std::string_view> inbox, kind, id, reason, raw;
  std::vector<bytes_view> identity;
  for (const auto& each : inboxes)
    inbox.push_back(each.value);
  for (const auto& reject : rejects) {
    kind.push_back(reject.kind);
    identity.push_back({reject.identity});
    id.push_back(reject.id);
    reason.push_back(reject.reason);
    raw.push_back(reject.raw);
  }
  conn.exec(sql::record_rejects, inbox, kind, identity, id, reason, raw, program_version());
}

} // namespace nova::pg
