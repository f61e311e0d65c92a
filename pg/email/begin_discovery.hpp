#pragma once

#include "mail/windows.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <vector>

namespace nova::pg {

struct begun_discovery {
  backfill_config backfill;
  std::vector<backfill_window> windows;
};

/// pending → discovering; plans the windows on the first call. Answers the backfill with what is
/// left to list, newest first. NV009 when a holder of a newer lease was here.
struct begin_discovery {
  static constexpr const char* name = "begin_discovery";

  config_id config;
  int64_t token = 0; // of the lease under which it is done; 0: none

  begun_discovery run(connection& conn) const;
};

} // namespace nova::pg
