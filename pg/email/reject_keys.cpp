#include "pg/email/reject_keys.hpp"

namespace nova::pg {

reject_keys::reject_keys(const std::vector<claimed_reject>& rejects) {
  for (const auto& reject : rejects) {
    inboxes.push_back(reject.inbox.value);
    kinds.push_back(reject.kind);
    identities.push_back({reject.identity});
  }
}

} // namespace nova::pg
