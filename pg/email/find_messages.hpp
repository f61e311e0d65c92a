#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Messages that are stored, by a part of their subject and their date.
struct find_messages {
  static constexpr const char* name = "find_messages";

  std::string inbox; // id, grant or address; empty: every one
  std::string subject;
  // Seconds since 1970, from inclusive, to exclusive.
  int64_t from = 0, to = 0;
  int64_t limit = 0;

  std::vector<message_id> run(connection& conn) const;
};

} // namespace nova::pg
