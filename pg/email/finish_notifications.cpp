#include "pg/email/finish_notifications.hpp"

#include "schema/queries.hpp"

#include <cstdint>
#include <string_view>

namespace nova::pg {

void finish_notifications::run(connection& conn) const {
  if (outcomes.empty())
    return;
  std::vector<std::string_view> ids, errors;
  std::vector<std::string> statuses;
  std::vector<int64_t> durations, queue_ids;
  std::vector<int32_t> read_cts;
  std::vector<bool> keep;
  for (const auto& outcome : outcomes) {
    ids.push_back(outcome.claim.id.value);
    statuses.push_back(to_string(outcome.status));
    errors.push_back(outcome.note);
    durations.push_back(outcome.duration_ms);
    queue_ids.push_back(outcome.claim.queue_msg_id);
    read_cts.push_back(outcome.claim.read_ct);
    keep.push_back(outcome.claim.keep_in_queue);
  }
  conn.exec(sql::finish_notifications, ids, statuses, errors, durations, queue_ids, read_cts, keep);
}

} // namespace nova::pg
