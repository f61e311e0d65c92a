#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the provider sent and nobody could read or store (flux_email_rejects). As pg/email.hpp:
/// every function throws `pg::error` and runs inside the caller's transaction when there is one.
namespace nova::pg {

/// The version of this program: what it cannot read, a later one may.
std::string_view program_version();

/// One that another version of the program could not read.
struct claimed_reject {
  std::string inbox_id, kind, identity, raw;
  int64_t last_seen_at = 0; // microseconds since 1970
  std::string config_id;    // the newest backfill of its inbox that takes threads; empty: none
};
/// Takes up to `limit`, hides them for ten minutes, and forgets those that were stored meanwhile.
std::vector<claimed_reject> claim_rejects(connection& conn, uint32_t limit);
/// Those that can be read now. Returns how many there were.
uint64_t forget_rejects(connection& conn, const std::vector<claimed_reject>& rejects);
/// Those that this version cannot read either; `reasons[i]` says why.
void reject_still(connection& conn, const std::vector<claimed_reject>& rejects,
                  const std::vector<std::string>& reasons);

struct listed_reject {
  std::string inbox_id, email, kind, provider_id, reason;
  uint64_t times_seen = 0;
  int64_t last_seen_at = 0; // seconds since 1970
  bool kept = false;        // whole, to be read again
};
/// The newest first. An empty id: of all inboxes.
std::vector<listed_reject> list_rejects(connection& conn, std::string_view inbox_id,
                                        uint32_t limit);

struct reject_count {
  std::string inbox_id, email, kind;
  uint64_t count = 0;
  std::string reason; // of the newest
};
std::vector<reject_count> count_rejects(connection& conn);

} // namespace nova::pg
