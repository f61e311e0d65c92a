#include "pg/email.hpp"
#include "schema/queries.hpp"

namespace nova::pg {

std::vector<bool> queue_notifications(connection& conn,
                                      const std::vector<incoming_notification>& in) {
  if (in.empty())
    return {};
  std::vector<std::string_view> ids, types, grants, payloads;
  for (const auto& notification : in) {
    ids.push_back(notification.id);
    types.push_back(notification.type);
    grants.push_back(notification.grant_id);
    payloads.push_back(notification.payload);
  }
  std::vector<bool> fresh;
  auto queued = conn.exec(sql::queue_notifications, ids, types, grants, payloads);
  for (auto [is_new] : queued.rows<bool>())
    fresh.push_back(is_new);
  return fresh;
}

void finish_notifications(connection& conn, const std::vector<notification_outcome>& outcomes) {
  if (outcomes.empty())
    return;
  std::vector<std::string_view> ids, statuses, errors;
  std::vector<int64_t> durations, queue_ids;
  std::vector<int32_t> read_cts;
  std::vector<bool> keep;
  for (const auto& outcome : outcomes) {
    ids.push_back(outcome.id);
    statuses.push_back(outcome.status);
    errors.push_back(outcome.error);
    durations.push_back(outcome.duration_ms);
    queue_ids.push_back(outcome.queue_msg_id);
    read_cts.push_back(outcome.read_ct);
    keep.push_back(outcome.keep_in_queue);
  }
  conn.exec(sql::finish_notifications, ids, statuses, errors, durations, queue_ids, read_cts, keep);
}

std::vector<parked_notification> claim_parked(connection& conn, uint32_t limit, uint32_t share,
                                              const std::vector<grant_share>& held, int64_t node) {
  std::vector<std::string_view> grants;
  std::vector<int32_t> counts;
  for (const auto& of_grant : held) {
    grants.push_back(of_grant.grant_id);
    counts.push_back(static_cast<int32_t>(of_grant.held));
  }
  std::vector<parked_notification> all;
  auto taken = conn.exec(sql::claim_parked, limit, share, grants, counts, node);
  for (auto& [id, grant, tries, payload, received_at] :
       taken.rows<std::string, std::string, uint32_t, std::string, int64_t>())
    all.push_back({std::move(id), std::move(grant), tries, std::move(payload), received_at});
  return all;
}

uint64_t park_floods(connection& conn, uint32_t share, uint32_t window) {
  return conn.exec(sql::park_floods, share, window).value<uint64_t>();
}

void postpone_parked(connection& conn, const std::vector<parked_delay>& delays) {
  if (delays.empty())
    return;
  std::vector<std::string_view> ids, reasons;
  std::vector<int64_t> milliseconds;
  std::vector<bool> failed;
  for (const auto& delay : delays) {
    ids.push_back(delay.id);
    milliseconds.push_back(delay.delay_ms);
    failed.push_back(delay.failed);
    reasons.push_back(delay.reason);
  }
  conn.exec(sql::postpone_parked, ids, milliseconds, failed, reasons);
}

std::vector<notification_row> list_notifications(connection& conn, std::string_view status,
                                                 uint32_t limit) {
  std::vector<notification_row> all;
  auto wanted = status.empty() ? std::nullopt : std::optional<std::string>(status);
  auto found = conn.exec(sql::list_notifications, wanted, limit);
  for (auto& [id, type, grant, state, error, received_at, duration, deliveries, retries] :
       found.rows<std::string, std::string, std::string, std::string, std::string, int64_t, int64_t,
                  uint32_t, uint32_t>())
    all.push_back({std::move(id), std::move(type), std::move(grant), std::move(state),
                   std::move(error), received_at, duration, deliveries, retries});
  return all;
}

std::vector<std::string> retry_notifications(connection& conn,
                                             const std::vector<std::string>& ids) {
  std::vector<std::string> sent;
  auto again = conn.exec(sql::retry_notifications, ids);
  for (auto& [id] : again.rows<std::string>())
    sent.push_back(std::move(id));
  return sent;
}

std::vector<notification_payload> find_notifications(connection& conn,
                                                     const std::vector<std::string>& ids) {
  std::vector<notification_payload> all;
  auto found = conn.exec(sql::find_notification_payloads, ids);
  for (auto& [id, payload, received_at] : found.rows<std::string, std::string, int64_t>())
    all.push_back({std::move(id), std::move(payload), received_at});
  return all;
}

} // namespace nova::pg
