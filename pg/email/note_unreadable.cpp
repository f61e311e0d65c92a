#include "pg/email/note_unreadable.hpp"

#include "schema/queries.hpp"

#include <string_view>

namespace nova::pg {

void note_unreadable::run(connection& conn) const {
  if (rejects.empty())
    return;
  std::vector<std::string_view> ids, reasons;
  std::vector<bytes_view> identities;
  for (const auto& reject : rejects) {
    ids.push_back(reject.id);
    identities.push_back({reject.identity});
    reasons.push_back(reject.reason);
  }
  conn.exec(sql::note_unreadable, comparison, ids, identities, reasons, at);
}

} // namespace nova::pg
