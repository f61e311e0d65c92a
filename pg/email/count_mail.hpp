#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

struct mail_counts {
  uint64_t messages = 0;
  uint64_t threads = 0;
  uint64_t threads_wrong = 0; // aggregates that are not their messages'
};

/// What an inbox holds.
struct count_mail {
  static constexpr const char* name = "count_mail";

  inbox_id inbox;

  mail_counts run(connection& conn) const;
};

} // namespace nova::pg
