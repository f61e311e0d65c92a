#include "pg/email.hpp"
#include "schema/queries.hpp"

namespace nova::pg {
namespace {

std::vector<inbox> inboxes(const result& found) {
  std::vector<inbox> all;
  for (auto& [id, email, grant, provider, status, reason, verified_at, away_since] :
       found.rows<std::string, std::string, std::string, std::string, std::string, std::string,
                  int64_t, int64_t>())
    all.push_back({std::move(id), std::move(email), std::move(grant), std::move(provider),
                   std::move(status), std::move(reason), verified_at, away_since});
  return all;
}

} // namespace

std::vector<inbox> list_inboxes(connection& conn) {
  return inboxes(conn.exec(sql::list_inboxes, std::nullopt));
}

std::optional<inbox> find_inbox(connection& conn, std::string_view key) {
  auto found = inboxes(conn.exec(sql::list_inboxes, key));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

// A grant is of one mailbox: when it is known with another address nothing changes, and that inbox
// is returned.
inbox add_inbox(connection& conn, std::string_view email, std::string_view grant_id,
                std::string_view provider) {
  return inboxes(conn.exec(sql::add_inbox, email, grant_id, provider)).at(0);
}

bool remove_inbox(connection& conn, std::string_view inbox_id) {
  return conn.exec(sql::remove_inbox, inbox_id).affected() > 0;
}

bool set_inbox_status(connection& conn, std::string_view grant_id, std::string_view status,
                      std::string_view reason) {
  return conn.exec(sql::set_inbox_status, grant_id, status, reason).value<bool>();
}

std::vector<sweep> claim_sweeps(connection& conn, int64_t every_seconds, uint32_t limit) {
  std::vector<sweep> claimed;
  auto due = conn.exec(sql::claim_sweeps, every_seconds, limit);
  for (auto& [inbox, grant, from] : due.rows<std::string, std::string, int64_t>())
    claimed.push_back({std::move(inbox), std::move(grant), from});
  return claimed;
}

void finish_sweep(connection& conn, std::string_view inbox_id, int64_t verified_until) {
  conn.exec(sql::finish_sweep, inbox_id, verified_until);
}

void give_back_sweep(connection& conn, std::string_view inbox_id) {
  conn.exec(sql::give_back_sweep, inbox_id);
}

void record_outage(connection& conn, std::string_view scope, std::string_view subject,
                   std::string_view error, std::chrono::milliseconds until_probe) {
  conn.exec(sql::record_outage, scope, subject, error, int64_t{until_probe.count()});
}

void end_outage(connection& conn, std::string_view scope, std::string_view subject) {
  conn.exec(sql::end_outage, scope, subject);
}

std::vector<outage> list_outages(connection& conn) {
  std::vector<outage> all;
  auto found = conn.exec(sql::list_outages);
  for (auto& [scope, subject, whose, error, since] :
       found.rows<std::string, std::string, std::string, std::string, std::string>())
    all.push_back(
      {std::move(scope), std::move(subject), std::move(whose), std::move(error), std::move(since)});
  return all;
}

std::vector<std::string> claim_probes(connection& conn, uint32_t limit) {
  std::vector<std::string> grants;
  auto due = conn.exec(sql::claim_probes, limit);
  for (auto& [grant] : due.rows<std::string>())
    grants.push_back(std::move(grant));
  return grants;
}

} // namespace nova::pg
