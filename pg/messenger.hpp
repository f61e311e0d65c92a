#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
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

} // namespace nova::pg
