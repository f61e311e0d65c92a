#include "actors/database_requests.hpp"

#include "actors/job.hpp"
#include "actors/rejects.hpp"
#include "pg/cluster.hpp"
#include "pg/email.hpp"
#include "pg/error.hpp"
#include "pg/integrations.hpp"
#include "pg/messenger.hpp"
#include "pg/queue.hpp"

#include <optional>
#include <utility>

// Queues; the writing of mail is in mail_batch.cpp.
namespace nova {
namespace {

constexpr const char* notification_queue = "nylas_webhook_notifications";

/// Gives each message of the notification queue what its audit row says, so that its handler need
/// not ask.
void add_notifications(pg::connection& conn, std::vector<queue_message>& messages) {
  std::vector<std::string> ids;
  for (auto& message : messages)
    if (auto job = parse_notification_job(message.body)) {
      message.notification = job->notification.value;
      ids.push_back(message.notification);
    }
  if (ids.empty())
    return;
  for (auto& row : pg::find_notifications(conn, ids))
    for (auto& message : messages)
      if (message.notification == row.id) {
        message.payload = row.payload;
        message.received_at = row.received_at;
      }
}

} // namespace

done perform(pg::connection& conn, const std::vector<record_failure>& failures) {
  std::vector<pg::actor_failure> rows;
  for (const auto& failure : failures) {
    pg::actor_failure row;
    row.at =
      std::chrono::duration_cast<std::chrono::microseconds>(failure.at.time_since_epoch()).count();
    row.kind = failure.kind;
    row.key = failure.key;
    row.reason = failure.reason;
    row.doing = failure.doing;
    row.restart_number = failure.restart_no;
    rows.push_back(std::move(row));
  }
  pg::record_failures(conn, std::nullopt, rows);
  return {};
}

maintenance_done perform(pg::connection& conn, const run_maintenance& request) {
  switch (request.task) {
    case maintenance_task::fill_search: return {pg::fill_search(conn, request.limit)};
    case maintenance_task::prune: {
      auto gone = pg::prune_cluster_history(conn);
      return {static_cast<uint64_t>(gone.failures + gone.nodes)};
    }
    case maintenance_task::reread: return {reread_rejects(conn, request.limit)};
    case maintenance_task::messenger_rescue:
      return {pg::has_messenger(conn) ? pg::messenger_rescue(conn, {}) : 0};
    case maintenance_task::messenger_prune:
      return {pg::has_messenger(conn) ? static_cast<uint64_t>(pg::messenger_prune(conn)) : 0};
    case maintenance_task::close_lost_syncs:
      return {pg::has_syncs(conn) ? pg::close_lost_syncs(conn) : 0};
  }
  return {};
}

queue_read perform(pg::connection& conn, read_queue& request) {
  if (std::exchange(request.doubtful, true) && request.reader != 0)
    pg::queue_release_unread(conn, request.reader, request.queue, request.held);
  queue_read answer;
  for (auto& row :
       pg::queue_read(conn, request.queue, request.visibility_s, request.limit, request.reader))
    answer.messages.push_back({row.id, row.read_ct, std::move(row.body), {}, {}, row.enqueued_at});
  if (request.queue == notification_queue)
    add_notifications(conn, answer.messages);
  return answer;
}

message_settled perform(pg::connection& conn, const settle_message& request) {
  auto ids = std::vector<int64_t>{request.id};
  auto counts = std::vector<int32_t>{request.read_ct};
  switch (request.fate) {
    case message_fate::removed:
      return {pg::queue_delete_leased(conn, request.queue, ids, counts) > 0};
    case message_fate::archived:
      return {pg::queue_archive_leased(conn, request.queue, ids, counts) > 0};
    case message_fate::retried:
      return {pg::queue_extend_leased(conn, request.queue, ids, counts, request.delay_s) > 0};
  }
  return {false};
}

parked_claimed perform(pg::connection& conn, const claim_parked& request) {
  std::vector<pg::grant_share> held;
  for (size_t i = 0; i < request.grants.size(); ++i)
    held.push_back({request.grants[i].value, request.held.at(i)});
  parked_claimed answer;
  for (auto& row : pg::claim_parked(conn, request.limit, request.share, held, request.node)) {
    auto& parked = answer.notifications.emplace_back();
    parked.grant = grant_id{std::move(row.grant_id)};
    parked.message.read_ct = static_cast<int32_t>(row.tries) + 1;
    parked.message.notification = std::move(row.id);
    parked.message.payload = std::move(row.payload);
    parked.message.received_at = row.received_at;
    parked.message.parked = true;
  }
  return answer;
}

floods_parked perform(pg::connection& conn, const park_floods& request) {
  return {pg::park_floods(conn, request.share, request.window)};
}

done perform(pg::connection& conn, const postpone_parked& request) {
  std::vector<pg::parked_delay> rows;
  for (const auto& delay : request.delays)
    rows.push_back({delay.id.value, delay.delay_ms, delay.failed, delay.reason});
  pg::postpone_parked(conn, rows);
  return {};
}

std::vector<notification_stored> perform(pg::connection& conn,
                                         const std::vector<store_notification>& batch) {
  std::vector<pg::incoming_notification> rows;
  rows.reserve(batch.size());
  for (const auto& item : batch)
    rows.push_back({item.id, item.type, item.grant.value, item.payload});
  std::vector<notification_stored> answer;
  for (bool fresh : pg::queue_notifications(conn, rows))
    answer.push_back({!fresh});
  return answer;
}

} // namespace nova
