#pragma once

#include "pg/connection.hpp"
#include "pg/email/message_columns.hpp"

#include <cstdint>

namespace nova::pg {

/// What became of each observation; the rule is in docs/decisions/004-version-intervals.md.
struct store_counts {
  uint32_t inserted = 0;
  uint32_t replaced = 0;
  uint32_t confirmed = 0; // same content: only the interval moved
  uint32_t ignored = 0;   // older than the row
  uint32_t doubtful = 0;  // overlaps: marked for one refetch
};

/// Writes messages, attachments and the aggregates of every touched thread. Locks threads in id
/// order.
struct store_messages {
  static constexpr const char* name = "store_messages";

  message_columns messages;

  store_counts run(connection& conn) const;
};

} // namespace nova::pg
