#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Syncs of other systems: their runs, retries, watermarks and alerts (schema/integrations). Every
/// function throws `pg::error`; what the database refuses is `failure::refused` with the SQLSTATE
/// that the function says.
namespace nova::pg {

/// A run: waiting for its time, under way or over. Times are seconds since 1970, 0: not yet.
struct sync_run {
  std::string id, integration, stream, status, triggered_by, error;
  int32_t retry_count = 0, max_retries = 0; // 0: the original
  int64_t records_written = 0, records_failed = 0;
  int64_t started_at = 0, finished_at = 0;
};
/// The newest first. Empty texts: of all configurations, in any status.
std::vector<sync_run> list_sync_history(connection& conn, std::string_view config_id,
                                        std::string_view status, uint32_t limit);

struct sync_retry {
  std::string id, original_id, integration, stream;
  int32_t retry_count = 0, max_retries = 0;
  int64_t retry_at = 0; // seconds since 1970
  bool due = false;     // its time has come and its configuration is on
};
/// The longest due first.
std::vector<sync_retry> list_sync_retries(connection& conn, bool only_due, uint32_t limit);

struct sync_alert {
  std::string id, integration, stream, type, channel, recipient, delivery_status, error;
  int32_t attempts = 0;
  int64_t created_at = 0, sent_at = 0; // seconds since 1970, 0: not sent
};
/// The newest first. An empty status: any.
std::vector<sync_alert> list_sync_alerts(connection& conn, std::string_view status, uint32_t limit);

struct scheduled_retry {
  std::string id;
  int32_t retry_count = 0;
  int64_t retry_at = 0; // seconds since 1970
};
/// Writes the retry of a failed run; asked again, or by many at once, it is the same one. NV030: no
/// such run, NV031: it did not fail, NV032: no retry is left.
scheduled_retry schedule_sync_retry(connection& conn, std::string_view run_id);

/// A claim of a run. Reports carry the token; a later claim has a greater one.
struct sync_claim {
  std::string id;
  int64_t token = 0;
};
/// Who claims and for how long; without a renewal the run counts as lost after the lease.
struct sync_worker {
  std::string_view name;
  std::chrono::seconds lease{60};
};

/// Why a run is started and how often it may be retried.
struct sync_start {
  std::string_view triggered_by = "manual";
  int32_t max_retries = 3;
};
/// Starts a run of a configuration. NV033: there is none, NV034: it is switched off, NV035: it is
/// being synced.
sync_claim start_sync(connection& conn, std::string_view config_id, const sync_worker& worker,
                      const sync_start& start = {});

struct claimed_retry {
  sync_claim claim;
  std::string config_id, original_id;
  int32_t retry_count = 0;
};
/// Takes due retries, at most one a configuration.
std::vector<claimed_retry> claim_sync_retries(connection& conn, const sync_worker& worker,
                                              uint32_t limit);

/// What a run did.
struct sync_outcome {
  std::string_view status; // succeeded, partial, failed or cancelled
  int64_t records_read = 0, records_written = 0, records_failed = 0;
  std::optional<std::string> error;
};
/// Returns `accepted`, `stale` (the token is not that of the claim; nothing changed) or `gone`.
std::string finish_sync(connection& conn, const sync_claim& claim, const sync_outcome& outcome);

/// Belongs into the transaction that commits the data. Returns `advanced`, `unchanged` or `behind`:
/// it only moves forward. NV033: no such configuration.
std::string update_sync_watermark(connection& conn, std::string_view config_id,
                                  std::string_view watermark);

/// Ends runs whose lease is over as failed, with a retry. Returns how many.
uint64_t close_lost_syncs(connection& conn);

} // namespace nova::pg
