#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"
#include "pg/email/message_columns.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// A message of the provider that the database has otherwise.
struct message_difference {
  message_id id;
  std::string what; // `missing`, or the names of what differs
};

/// Compares every field that the provider's answer carries and every attachment row; at most some
/// hundred at a time. `provider.inbox_id` and what only orders observations (lo, hi, hashes) are
/// not looked at.
struct compare_messages {
  static constexpr const char* name = "compare_messages";

  inbox_id inbox;
  message_columns provider;

  std::vector<message_difference> run(connection& conn) const;
};

} // namespace nova::pg
