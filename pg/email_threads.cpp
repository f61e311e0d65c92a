#include "pg/email.hpp"
#include "schema/queries.hpp"

namespace nova::pg {

std::vector<thread_claim> claim_threads(connection& conn, std::string_view node, int64_t epoch,
                                        uint32_t limit) {
  std::vector<thread_claim> claims;
  auto claimed = conn.exec(sql::claim_threads, node, epoch, limit);
  claims.reserve(static_cast<size_t>(claimed.size()));
  for (auto& [config, thread, token, attempt, inbox, grant, named] :
       claimed.rows<std::string, std::string, int64_t, uint32_t, std::string, std::string,
                    std::vector<std::string>>())
    claims.push_back({std::move(config), std::move(thread), token, attempt, std::move(inbox),
                      std::move(grant), std::move(named)});
  return claims;
}

namespace {

/// What names claims, as columns.
struct claim_columns {
  std::vector<std::string_view> config_id, thread_id;
  std::vector<int64_t> token;

  void add(const thread_claim& claim) {
    config_id.push_back(claim.config_id);
    thread_id.push_back(claim.thread_id);
    token.push_back(claim.token);
  }
};

std::vector<bool> accepted(const result& answers) {
  std::vector<bool> all;
  for (auto [good] : answers.rows<bool>())
    all.push_back(good);
  return all;
}

/// NULL for an empty id, which means all.
std::optional<std::string> some(std::string_view id) {
  return id.empty() ? std::nullopt : std::optional<std::string>(id);
}

} // namespace

std::vector<bool> complete_threads(connection& conn, const std::vector<thread_claim>& claims,
                                   const std::vector<uint32_t>& messages_synced) {
  if (claims.empty())
    return {};
  claim_columns columns;
  for (const auto& claim : claims)
    columns.add(claim);
  return accepted(conn.exec(sql::complete_threads, columns.config_id, columns.thread_id,
                            columns.token, messages_synced));
}

std::vector<bool> fail_threads(connection& conn, const std::vector<thread_failure>& failures) {
  if (failures.empty())
    return {};
  claim_columns columns;
  std::vector<std::string_view> reasons;
  std::vector<bool> permanent, throttled;
  std::vector<int64_t> delays;
  for (const auto& failure : failures) {
    columns.add(failure.claim);
    reasons.push_back(failure.reason);
    permanent.push_back(failure.permanent);
    throttled.push_back(failure.throttled);
    delays.push_back(failure.delay_ms);
  }
  return accepted(conn.exec(sql::fail_threads, columns.config_id, columns.thread_id, columns.token,
                            reasons, permanent, throttled, delays));
}

uint64_t release_threads(connection& conn, std::string_view node) {
  return conn.exec(sql::release_threads, some(node)).value<uint64_t>();
}

uint64_t release_expired_threads(connection& conn, int64_t seconds) {
  return conn.exec(sql::release_expired_threads, seconds).value<uint64_t>();
}

uint64_t accept_thread_jobs(connection& conn, std::string_view config_id,
                            const std::vector<thread_job>& jobs) {
  std::vector<std::string_view> ids;
  std::vector<int64_t> sent_at;
  for (const auto& job : jobs) {
    ids.push_back(job.thread_id);
    sent_at.push_back(job.sent_at);
  }
  return conn.exec(sql::accept_thread_jobs, config_id, ids, sent_at).value<uint64_t>();
}

std::vector<failed_thread> list_failed_threads(connection& conn, std::string_view config_id,
                                               uint32_t limit) {
  std::vector<failed_thread> all;
  auto failed = conn.exec(sql::failed_threads, some(config_id), limit);
  for (auto& [config, thread, reason, attempts, at] :
       failed.rows<std::string, std::string, std::string, uint32_t, int64_t>())
    all.push_back({std::move(config), std::move(thread), std::move(reason), attempts, at});
  return all;
}

uint64_t retry_failed_threads(connection& conn, std::string_view config_id,
                              const std::vector<std::string>& thread_ids, std::string_view who) {
  auto ids = thread_ids.empty() ? std::nullopt : std::optional(thread_ids);
  return conn.exec(sql::retry_failed_threads, config_id, ids, who).value<uint64_t>();
}

uint64_t revisit_threads(connection& conn, uint32_t limit) {
  return conn.exec(sql::revisit_threads, limit).value<uint64_t>();
}

} // namespace nova::pg
