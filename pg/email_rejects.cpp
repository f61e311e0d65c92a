#include "pg/email_rejects.hpp"

#include "schema/queries.hpp"

#include <optional>

namespace nova::pg {
namespace {

/// The key of rows, as columns.
struct keys {
  template <class Rows>
  explicit keys(const Rows& rows) {
    for (const auto& row : rows) {
      inboxes.push_back(row.inbox_id);
      kinds.push_back(row.kind);
      identities.push_back({row.identity});
    }
  }

  std::vector<std::string_view> inboxes, kinds;
  std::vector<bytes_view> identities;
};

} // namespace

std::string_view program_version() {
  return NOVA_VERSION;
}

std::vector<claimed_reject> claim_rejects(connection& conn, uint32_t limit) {
  std::vector<claimed_reject> claimed;
  auto due = conn.exec(sql::claim_rejects, program_version(), limit);
  for (auto& [inbox, kind, identity, raw, seen, config] :
       due.rows<std::string, std::string, bytes, std::string, int64_t, std::string>())
    claimed.push_back({std::move(inbox), std::move(kind), std::move(identity.value), std::move(raw),
                       seen, std::move(config)});
  return claimed;
}

uint64_t forget_rejects(connection& conn, const std::vector<claimed_reject>& rejects) {
  if (rejects.empty())
    return 0;
  keys key{rejects};
  return conn.exec(sql::forget_rejects, key.inboxes, key.kinds, key.identities).value<uint64_t>();
}

void reject_still(connection& conn, const std::vector<claimed_reject>& rejects,
                  const std::vector<std::string>& reasons) {
  if (rejects.empty())
    return;
  keys key{rejects};
  conn.exec(sql::reject_still, key.inboxes, key.kinds, key.identities, reasons, program_version());
}

std::vector<listed_reject> list_rejects(connection& conn, std::string_view inbox_id,
                                        uint32_t limit) {
  std::vector<listed_reject> all;
  auto of = inbox_id.empty() ? std::nullopt : std::optional{inbox_id};
  auto found = conn.exec(sql::list_rejects, of, limit);
  for (auto& [inbox, email, kind, id, reason, times, seen, kept] :
       found.rows<std::string, std::string, std::string, std::string, std::string, uint64_t,
                  int64_t, bool>())
    all.push_back({std::move(inbox), std::move(email), std::move(kind), std::move(id),
                   std::move(reason), times, seen, kept});
  return all;
}

std::vector<reject_count> count_rejects(connection& conn) {
  std::vector<reject_count> all;
  auto found = conn.exec(sql::count_rejects);
  for (auto& [inbox, email, kind, count, reason] :
       found.rows<std::string, std::string, std::string, uint64_t, std::string>())
    all.push_back({std::move(inbox), std::move(email), std::move(kind), count, std::move(reason)});
  return all;
}

} // namespace nova::pg
