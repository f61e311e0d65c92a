#pragma once

#include "pg/connection.hpp"
#include "pg/messenger/messenger_failed_list.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct failed_page {
  std::vector<std::string> ids; // the oldest first; empty behind the last
  // Of the last one, and of the server's clock, microseconds since 1970.
  int64_t last = 0, now = 0;
};

/// A page of the ids of failed messages, so that all of them pass through bounded memory.
struct messenger_failed_page {
  static constexpr const char* name = "messenger_failed_page";

  messenger_failed_list filter; // its limit is that of the page
  // The last one of the page before; none: from the first.
  int64_t after = 0;
  std::string after_id = {};
  int64_t until = 0; // what failed later is not of it; 0: now

  failed_page run(connection& conn) const;
};

} // namespace nova::pg
