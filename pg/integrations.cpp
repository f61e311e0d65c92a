#include "pg/integrations.hpp"

#include "schema/queries.hpp"

namespace nova::pg {
namespace {

std::optional<std::string_view> some(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

} // namespace

std::vector<sync_run> list_sync_history(connection& conn, std::string_view config_id,
                                        std::string_view status, uint32_t limit) {
  std::vector<sync_run> all;
  auto found = conn.exec(sql::list_sync_history, some(config_id), some(status), limit);
  for (auto& [id, integration, stream, state, by, error, retry, max, written, failed, started,
              finished] :
       found.rows<std::string, std::string, std::string, std::string, std::string, std::string,
                  int32_t, int32_t, int64_t, int64_t, int64_t, int64_t>())
    all.push_back({std::move(id), std::move(integration), std::move(stream), std::move(state),
                   std::move(by), std::move(error), retry, max, written, failed, started,
                   finished});
  return all;
}

std::vector<sync_retry> list_sync_retries(connection& conn, bool only_due, uint32_t limit) {
  std::vector<sync_retry> all;
  auto found = conn.exec(sql::list_sync_retries, only_due, limit);
  for (auto& [id, original, integration, stream, retry, max, at, due] :
       found.rows<std::string, std::string, std::string, std::string, int32_t, int32_t, int64_t,
                  bool>())
    all.push_back({std::move(id), std::move(original), std::move(integration), std::move(stream),
                   retry, max, at, due});
  return all;
}

std::vector<sync_alert> list_sync_alerts(connection& conn, std::string_view status,
                                         uint32_t limit) {
  std::vector<sync_alert> all;
  auto found = conn.exec(sql::list_sync_alerts, some(status), limit);
  for (auto& [id, integration, stream, type, channel, recipient, delivery, error, attempts, created,
              sent] :
       found.rows<std::string, std::string, std::string, std::string, std::string, std::string,
                  std::string, std::string, int32_t, int64_t, int64_t>())
    all.push_back({std::move(id), std::move(integration), std::move(stream), std::move(type),
                   std::move(channel), std::move(recipient), std::move(delivery), std::move(error),
                   attempts, created, sent});
  return all;
}

scheduled_retry schedule_sync_retry(connection& conn, std::string_view run_id) {
  auto id = conn.exec(sql::schedule_sync_retry, run_id).value<std::string>();
  auto [count, at] = conn.exec(sql::find_sync_retry, id).one<int32_t, int64_t>();
  return {std::move(id), count, at};
}

sync_claim start_sync(connection& conn, std::string_view config_id, const sync_worker& worker,
                      const sync_start& start) {
  auto started = conn.exec(sql::start_sync, config_id, worker.name, worker.lease.count(),
                           start.triggered_by, start.max_retries);
  auto [id, token] = started.one<std::string, int64_t>();
  return {std::move(id), token};
}

std::vector<claimed_retry> claim_sync_retries(connection& conn, const sync_worker& worker,
                                              uint32_t limit) {
  std::vector<claimed_retry> all;
  auto claimed = conn.exec(sql::claim_sync_retries, worker.name, limit, worker.lease.count());
  for (auto& [id, token, config, original, count] :
       claimed.rows<std::string, int64_t, std::string, std::string, int32_t>())
    all.push_back({{std::move(id), token}, std::move(config), std::move(original), count});
  return all;
}

std::string finish_sync(connection& conn, const sync_claim& claim, const sync_outcome& outcome) {
  return conn
    .exec(sql::finish_sync, claim.id, claim.token, outcome.status, outcome.records_read,
          outcome.records_written, outcome.records_failed, outcome.error)
    .value<std::string>();
}

std::string update_sync_watermark(connection& conn, std::string_view config_id,
                                  std::string_view watermark) {
  return conn.exec(sql::update_sync_watermark, config_id, watermark).value<std::string>();
}

uint64_t close_lost_syncs(connection& conn) {
  return conn.exec(sql::close_lost_syncs).value<uint64_t>();
}

} // namespace nova::pg
