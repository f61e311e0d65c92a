#pragma once

#include "pg/email.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Is the database what the provider says? Read only.
namespace nova::pg {

/// A message of the provider that the database has otherwise.
struct message_difference {
  std::string id;
  std::string what; // `missing`, or the names of what differs
};

/// Compares every field and every attachment row of what the provider listed; at most some hundred
/// at a time. `provider.inbox_id` and what only orders observations (lo, hi, hashes) are not looked
/// at.
std::vector<message_difference> compare_messages(connection& conn, std::string_view inbox_id,
                                                 const message_columns& provider);

struct mail_counts {
  uint64_t messages = 0;
  uint64_t threads = 0;
  uint64_t threads_wrong = 0; // aggregates that are not their messages'
};
mail_counts count_mail(connection& conn, std::string_view inbox_id);

/// From the arrival of notifications to the commit of their effect, over all in the audit log, in
/// milliseconds.
struct webhook_latency {
  double p50 = 0, p99 = 0;
};
webhook_latency measure_webhooks(connection& conn);

} // namespace nova::pg
