#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <vector>

namespace nova::pg {

/// Messages of an inbox that are not deleted, by id.
struct list_message_ids {
  static constexpr const char* name = "list_message_ids";

  inbox_id inbox;
  // Dates in seconds since 1970, from inclusive, to exclusive.
  int64_t from = 0, to = 0;
  bool undated = false; // messages without a date too

  std::vector<message_id> run(connection& conn) const;
};

} // namespace nova::pg
