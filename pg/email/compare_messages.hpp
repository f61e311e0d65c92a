#pragma once

#include "mail/day_range.hpp"
#include "mail/ids.hpp"
#include "pg/connection.hpp"
#include "pg/email/message_columns.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// A message of the provider that the database has otherwise.
struct message_difference {
  message_id id;
  std::string what; // `missing`, or the names of what differs
};

/// Notes a page of a comparison, and compares every field that the provider's answer carries and
/// every attachment row; at most some hundred at a time. What is outside of `days` is left out.
struct compare_messages {
  static constexpr const char* name = "compare_messages";

  inbox_id inbox;
  message_columns provider;
  int64_t comparison = 0;
  int64_t read_at = 0; // microseconds since 1970
  day_range days{};
  bool mend = false; // what differs is stored afterwards, and was a difference all the same

  std::vector<message_difference> run(connection& conn) const;
};

} // namespace nova::pg
