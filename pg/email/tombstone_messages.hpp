#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace nova::pg {

/// `message.deleted`, or a 404 that was confirmed: tombstones, and recomputes their threads. A
/// message that is not known is recorded as a tombstone too, so that a late `created` cannot revive
/// it wrongly.
struct tombstone_messages {
  static constexpr const char* name = "tombstone_messages";

  // Of one length; views into what the caller owns.
  std::vector<std::string_view> inbox_ids;
  std::vector<std::string_view> message_ids; // message_ids[i]: in inbox_ids[i]
  std::vector<int64_t> lo, hi;               // as those of message_columns

  /// Answers how many changed.
  uint32_t run(connection& conn) const;
};

} // namespace nova::pg
