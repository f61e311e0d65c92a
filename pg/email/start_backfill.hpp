#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// `queue_inbox_backfill`: creates the configuration and sends its job. Answers its id. NV001
/// unknown inbox, NV002 ends before it starts, NV003 more than a year back, NV004 one runs, NV006
/// disabled.
struct start_backfill {
  static constexpr const char* name = "start_backfill";

  inbox_id inbox;
  int64_t start = 0, end = 0; // seconds since 1970

  config_id run(connection& conn) const;
};

} // namespace nova::pg
