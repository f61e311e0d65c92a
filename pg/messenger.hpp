#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Typed queries over the tables of schema/messenger. Every function throws `pg::error` and runs
/// inside the caller's transaction when there is one. A refusal of the schema's own carries a
/// SQLSTATE of class NM: docs/messenger.md lists them.
namespace nova::pg {

struct sent_message {
  int64_t id = 0;
  bool created = false; // false: its idempotency key was taken, `id` is the first one's
};

/// Each a JSON object as `messenger_send(jsonb[])` takes it; the answers are in their order.
std::vector<sent_message> messenger_send(connection& conn,
                                         const std::vector<std::string_view>& messages);

struct claimed_message {
  int64_t id = 0;
  int64_t token = 0;
  std::string type, body, headers, queue; // body and headers are JSON text
  int32_t attempts = 0;                   // failures so far
  int32_t deliveries = 0;                 // claims, this one included
};

struct claim_request {
  std::string transport = "default";
  std::vector<std::string> queues = {}; // empty: all
  std::string worker = {};
  int32_t limit = 1; // 1 to 10,000
  std::chrono::milliseconds lease{300'000};
};

/// In the order in which they are to be done. What the answer is to a message names its token.
std::vector<claimed_message> messenger_claim(connection& conn, const claim_request& request);

/// What became of a message that a worker named. `stale` and `gone` changed nothing.
enum class message_outcome { completed, retrying, failed, released, extended, stale, gone };

/// Ids and tokens are of one length, as the claim gave them; the answers are in their order.
std::vector<message_outcome> messenger_complete(connection& conn, const std::vector<int64_t>& ids,
                                                const std::vector<int64_t>& tokens);
std::vector<message_outcome> messenger_release(connection& conn, const std::vector<int64_t>& ids,
                                               const std::vector<int64_t>& tokens,
                                               std::chrono::milliseconds delay);
std::vector<message_outcome> messenger_extend(connection& conn, const std::vector<int64_t>& ids,
                                              const std::vector<int64_t>& tokens,
                                              std::chrono::milliseconds lease);

/// Failures as columns, all of one length. A verdict is `retry`, `unrecoverable` (no retry) or
/// `recoverable` (also beyond the maximum).
struct failure_columns {
  std::vector<int64_t> ids, tokens;
  std::vector<std::string_view> messages, classes, verdicts;
};
std::vector<message_outcome> messenger_fail(connection& conn, const failure_columns& failures);

/// Takes back claims that ran out and those of dead workers. Returns how many messages.
size_t messenger_rescue(connection& conn, const std::vector<std::string>& dead_workers);
/// Sends the messages of schedules that are due. Returns how many.
size_t messenger_run_schedules(connection& conn);
/// Removes what is kept no longer and moves what expired. Returns how many.
int64_t messenger_prune(connection& conn);

// ---- for people

struct messenger_queue_row {
  std::string transport, queue;
  int64_t ready = 0, delayed = 0, running = 0, failed = 0;
  int64_t oldest_ready_s = 0;
};
std::vector<messenger_queue_row> messenger_stats(connection& conn);

/// Which failed messages; empty texts: any.
struct failed_filter {
  std::string transport = {}, type = {}, error_class = {};
  int64_t since = 0; // seconds since 1970
  bool retried = false;
  uint32_t limit = 50;
};

struct failed_row {
  std::string id, transport, queue, type, error_class, error;
  int32_t attempts = 0;
  int64_t failed_at = 0, retried_at = 0; // seconds since 1970; 0: never
};
std::vector<failed_row> messenger_failed_list(connection& conn, const failed_filter& filter);

/// A failed message whole. `headers`, `body` and `history` are JSON text.
struct failed_message {
  int64_t message_id = 0;
  std::string transport, queue, type, tenant, worker, error_class, error, fingerprint;
  int32_t attempts = 0, deliveries = 0;
  int64_t sent_at = 0, failed_at = 0, retried_at = 0, retried_as = 0;
  std::string retried_by, headers, body, history;
};
std::optional<failed_message> messenger_failed_show(connection& conn, std::string_view id);

struct retry_request {
  std::vector<std::string> ids = {};
  std::string by = {};
  bool force = false;                   // also what was retried already
  std::string transport = {};           // empty: their own
  std::chrono::milliseconds spacing{0}; // between two
};
struct retried_row {
  std::string id;
  int64_t message_id = 0; // 0: none
  std::string outcome;    // retried | already_retried | duplicate | unknown
};
std::vector<retried_row> messenger_failed_retry(connection& conn, const retry_request& request);

/// Returns the ids of those that were there.
std::vector<std::string> messenger_failed_remove(connection& conn,
                                                 const std::vector<std::string>& ids);

struct schedule_row {
  std::string name, kind, schedule, timezone, type, transport, last_error;
  bool enabled = false;
  int64_t next_run_at = 0, last_run_at = 0; // seconds since 1970; 0: never
  int64_t runs = 0, missed = 0, skipped = 0;
};
std::vector<schedule_row> messenger_schedules(connection& conn);
/// False when there is none of that name.
bool messenger_schedule_enable(connection& conn, std::string_view name, bool enabled);

struct transport_row {
  std::string name, type, config;
  bool enabled = false, paused = false;
  int32_t running_max = 0; // 0: no limit
  int32_t attempts_max = 0;
};
/// Those that differ from the default.
std::vector<transport_row> messenger_transports(connection& conn);
void messenger_transport_pause(connection& conn, std::string_view name, bool paused);

} // namespace nova::pg
