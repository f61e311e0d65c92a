#pragma once

#include "mail/windows.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// Counts the rows of a backfill, or of all that run when `config` is empty, publishes the counts
/// in `inbox_sync_stats` and `backfill_progress`, and answers them.
struct refresh_progress {
  static constexpr const char* name = "refresh_progress";

  config_id config = {};

  std::vector<backfill_progress> run(connection& conn) const;
};

} // namespace nova::pg
