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

// Backfills, inboxes and queues; the writing of mail is in mail_batch.cpp.
namespace nova {
namespace {

constexpr const char* notification_queue = "nylas_webhook_notifications";
constexpr uint32_t threads_revisited_max = 1000; // once a minute

template <class T>
std::optional<T> to_std(const caf::optional<T>& value) {
  return value ? std::optional<T>{*value} : std::nullopt;
}

thread_claim to_message(const pg::thread_claim& row) {
  return {config_id{row.config_id},
          thread_id{row.thread_id},
          inbox_id{row.inbox_id},
          grant_id{row.grant_id},
          row.token,
          row.attempt,
          {row.named.begin(), row.named.end()}};
}

pg::thread_claim to_row(const thread_claim& claim) {
  pg::thread_claim row;
  row.config_id = claim.config.value;
  row.thread_id = claim.thread.value;
  row.token = claim.token;
  row.attempt = claim.attempt;
  row.inbox_id = claim.inbox.value;
  row.grant_id = claim.grant.value;
  return row;
}

backfill_info to_message(const pg::backfill_config& row) {
  backfill_info info;
  info.config = config_id{row.id};
  info.inbox = inbox_id{row.inbox_id};
  info.grant = grant_id{row.grant_id};
  info.provider = row.provider;
  info.inbox_status = row.inbox_status;
  info.status = row.status;
  info.discovery_done = row.discovery_done;
  info.attempts = row.attempts;
  return info;
}

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

pg::backfill_window to_row(const backfill_window& window) {
  return {window.id, window.start, window.end, window.cursor, window.token};
}

backfill_window to_message(const pg::backfill_window& row) {
  return {row.id, row.start, row.end, row.cursor, row.token};
}

} // namespace

threads_claimed perform(pg::connection& conn, const claim_threads& request) {
  threads_claimed answer;
  for (const auto& row : pg::claim_threads(conn, request.node, request.epoch, request.limit))
    answer.claims.push_back(to_message(row));
  return answer;
}

threads_ended perform(pg::connection& conn, const end_threads& request) {
  std::vector<pg::thread_failure> rows;
  for (const auto& failure : request.failures)
    rows.push_back({to_row(failure.claim), failure.reason, failure.permanent, failure.throttled,
                    failure.delay_ms});
  threads_ended answer;
  for (bool accepted : pg::fail_threads(conn, rows))
    answer.accepted += accepted ? 1 : 0;
  return answer;
}

done perform(pg::connection& conn, const accept_thread_job& request) {
  pg::accept_thread_jobs(conn, request.config.value, {{request.thread.value, request.sent_at}});
  return {};
}

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

threads_released perform(pg::connection& conn, const release_threads& request) {
  return {pg::release_threads(conn, request.node)};
}

backfills_found perform(pg::connection& conn, const find_backfills&) {
  backfills_found answer;
  for (const auto& row : pg::active_backfills(conn))
    if (!row.discovery_done && (row.status == "pending" || row.status == "discovering"))
      answer.backfills.push_back(to_message(row));
  return answer;
}

backfill_opened perform(pg::connection& conn, const open_backfill& request) {
  backfill_opened answer;
  auto windows = pg::begin_discovery(conn, request.config.value, request.token);
  auto found = pg::find_backfill(conn, request.config.value);
  if (!found)
    throw pg::error(pg::failure::refused,
                    "no configuration has the id '" + request.config.value + "'");
  answer.info = to_message(*found);
  for (const auto& row : windows)
    answer.windows.push_back(to_message(row));
  return answer;
}

window_claimed perform(pg::connection& conn, const claim_window& request) {
  return {
    pg::claim_window(conn, request.config.value, request.window_id, request.token, request.node)};
}

window_opened perform(pg::connection& conn, const open_window& request) {
  auto found = pg::open_window(conn, request.config.value, request.window_id, request.token);
  return {inbox_id{found.inbox_id}, grant_id{found.grant_id}, found.provider,
          to_message(found.window)};
}

page_recorded perform(pg::connection& conn, const record_page& request) {
  std::vector<pg::listed_thread> rows;
  rows.reserve(request.threads.size());
  for (const auto& thread : request.threads) {
    auto& row = rows.emplace_back();
    row.id = thread.id.value;
    row.latest_message_at = thread.latest_message_at;
    for (const auto& id : thread.messages)
      row.messages.push_back(id.value);
  }
  auto recorded = pg::record_page(conn, request.config.value, to_row(request.window), rows,
                                  request.check, request.next_cursor);
  return {recorded.to_sync, recorded.discovery_done, recorded.running};
}

window_restarted perform(pg::connection& conn, const restart_window& request) {
  return {pg::restart_window(conn, request.config.value, to_row(request.window))};
}

done perform(pg::connection& conn, const give_up_window& request) {
  pg::give_up_window(conn, request.config.value, to_row(request.window), request.kind,
                     request.reason);
  return {};
}

done perform(pg::connection& conn, const add_gap& request) {
  const auto& gap = request.gap;
  pg::add_gap(conn, request.config.value, {gap.kind, gap.from, gap.to, gap.reason, gap.folder});
  return {};
}

done perform(pg::connection& conn, const excuse_messages& request) {
  std::vector<std::string_view> ids;
  for (const auto& id : request.messages)
    ids.push_back(id.value);
  pg::excuse_messages(conn, request.config.value, request.thread.value, ids,
                      {request.reasons.begin(), request.reasons.end()});
  return {};
}

backfill_failed perform(pg::connection& conn, const fail_backfill& request) {
  return {pg::fail_discovery(conn, request.config.value, request.reason, request.token)};
}

progress_refreshed perform(pg::connection& conn, const refresh_progress&) {
  progress_refreshed answer;
  for (const auto& row : pg::refresh_progress(conn, "")) {
    backfill_progress progress;
    progress.config = config_id{row.config_id};
    progress.inbox = inbox_id{row.inbox_id};
    progress.status = row.status;
    progress.queued = row.queued;
    progress.processing = row.processing;
    progress.completed = row.completed;
    progress.failed = row.failed;
    progress.total = row.total;
    progress.messages = row.messages;
    progress.discovery_done = row.windows > 0 && row.windows == row.windows_listed;
    answer.backfills.push_back(std::move(progress));
  }
  return answer;
}

backfill_completed perform(pg::connection& conn, const complete_backfill& request) {
  return {pg::try_complete_backfill(conn, request.config.value)};
}

done perform(pg::connection& conn, const announce_completion&) {
  pg::announce_completion(conn);
  return {};
}

backfills_recovered perform(pg::connection& conn, const recover_backfills&) {
  pg::revisit_threads(conn, threads_revisited_max);
  backfills_recovered answer;
  for (auto& id : pg::recover_premature_completions(conn))
    answer.configs.push_back(config_id{std::move(id)});
  return answer;
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

inbox_status_set perform(pg::connection& conn, const set_inbox_status& request) {
  return {pg::set_inbox_status(conn, request.grant.value, request.status, request.reason)};
}

inbox_found perform(pg::connection& conn, const find_inbox& request) {
  auto found = pg::find_inbox(conn, request.grant.value);
  if (!found)
    return {};
  return {inbox_id{found->id}, found->provider, found->status, found->unreachable_since > 0};
}

done perform(pg::connection& conn, const store_folder& request) {
  pg::store_folders(conn, {{request.inbox.value, request.folder, to_std(request.name),
                            to_std(request.parent), to_std(request.attributes),
                            to_std(request.system_folder), request.deleted}});
  return {};
}

done perform(pg::connection& conn, const discover_again& request) {
  pg::discover_again(conn, request.grant.value, "notification", request.why);
  return {};
}

refetches_claimed perform(pg::connection& conn, const claim_refetches& request) {
  refetches_claimed answer;
  for (const auto& row : pg::claim_refetches(conn, request.limit))
    answer.refetches.push_back(
      {inbox_id{row.inbox_id}, grant_id{row.grant_id}, message_id{row.message_id}, row.not_found});
  return answer;
}

refetch_settled perform(pg::connection& conn, const refetch_gone& request) {
  const auto& which = request.which;
  return {pg::refetch_not_found(conn, {which.inbox.value, which.grant.value, which.message.value,
                                       which.not_found})};
}

done perform(pg::connection& conn, const postpone_refetch& request) {
  const auto& which = request.which;
  pg::postpone_refetch(conn,
                       {which.inbox.value, which.grant.value, which.message.value, which.not_found},
                       std::chrono::milliseconds{request.delay_ms});
  return {};
}

sweeps_claimed perform(pg::connection& conn, const claim_sweeps& request) {
  sweeps_claimed answer;
  for (const auto& row : pg::claim_sweeps(conn, request.every_s, request.limit))
    answer.sweeps.push_back({inbox_id{row.inbox_id}, grant_id{row.grant_id}, row.from});
  return answer;
}

done perform(pg::connection& conn, const finish_sweep& request) {
  pg::finish_sweep(conn, request.inbox.value, request.verified_until);
  return {};
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

done perform(pg::connection& conn, const give_back_sweep& request) {
  pg::give_back_sweep(conn, request.inbox.value);
  return {};
}

done perform(pg::connection& conn, const record_outage& request) {
  pg::record_outage(conn, to_string(request.scope), request.subject, request.error,
                    std::chrono::milliseconds{request.probe_in_ms});
  return {};
}

done perform(pg::connection& conn, const end_outage& request) {
  pg::end_outage(conn, to_string(request.scope), request.subject);
  return {};
}

probes_claimed perform(pg::connection& conn, const claim_probes& request) {
  probes_claimed answer;
  for (auto& grant : pg::claim_probes(conn, request.limit))
    answer.grants.push_back(grant_id{std::move(grant)});
  return answer;
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
