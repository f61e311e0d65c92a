#pragma once

#include "pg/connection.hpp"
#include "pg/email/message_columns.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Is the database what the provider says, and what becomes of what only the database has?
namespace nova::pg {

/// A message of the provider that the database has otherwise.
struct message_difference {
  std::string id;
  std::string what; // `missing`, or the names of what differs
};

/// Compares every field that the provider's answer carries and every attachment row; at most some
/// hundred at a time. `provider.inbox_id` and what only orders observations (lo, hi, hashes) are
/// not looked at.
std::vector<message_difference> compare_messages(connection& conn, std::string_view inbox_id,
                                                 const message_columns& provider);

/// Dates in seconds since 1970, from inclusive, to exclusive.
struct date_range {
  int64_t from = 0, to = 0;
  bool undated = false; // messages without a date too
};
/// Messages in it that are not deleted, by id.
std::vector<std::string> list_message_ids(connection& conn, std::string_view inbox_id,
                                          const date_range& range);

struct mail_counts {
  uint64_t messages = 0;
  uint64_t threads = 0;
  uint64_t threads_wrong = 0; // aggregates that are not their messages'
};
mail_counts count_mail(connection& conn, std::string_view inbox_id);

/// Was a backfill completed, and how often; do its statistics say what its rows say?
struct completion_proof {
  uint64_t completions = 0;
  bool statistics_right = false;

  [[nodiscard]] bool once() const {
    return completions == 1 && statistics_right;
  }
};
completion_proof prove_completion(connection& conn, std::string_view config_id);

/// What became of notifications that were acknowledged. Latencies in milliseconds, from the POST to
/// the commit of the effect, of those that came once.
struct webhooks_proof {
  uint64_t lost = 0;    // not in the audit log
  uint64_t pending = 0; // their effect is still to come
  double p50 = 0, p99 = 0;
};
/// `posted_at` in microseconds since 1970, one for each id. Needs a server with
/// `track_commit_timestamp`.
webhooks_proof prove_webhooks(connection& conn, const std::vector<std::string>& ids,
                              const std::vector<int64_t>& posted_at);

} // namespace nova::pg
