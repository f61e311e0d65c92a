#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Messages that are stored, deleted ones too, by the header Message-ID.
struct find_rfc822_messages {
  static constexpr const char* name = "find_rfc822_messages";

  std::string inbox;     // id, grant or address; empty: every one
  std::string rfc822_id; // as `bare_rfc822_id` makes it
  int64_t limit = 0;

  std::vector<message_id> run(connection& conn) const;
};

} // namespace nova::pg
