#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// `queue_whole_inbox_backfill`: as `start_backfill`, of all mail there is.
struct start_whole_backfill {
  static constexpr const char* name = "start_whole_backfill";

  inbox_id inbox;
  int64_t end = 0; // seconds since 1970

  config_id run(connection& conn) const;
};

} // namespace nova::pg
