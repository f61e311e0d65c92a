#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// A run: waiting for its time, under way or over. Times are seconds since 1970, 0: not yet.
struct sync_run {
  std::string id, integration, stream, status, triggered_by, error;
  int32_t retry_count = 0, max_retries = 0; // 0: the original
  int64_t records_written = 0, records_failed = 0;
  int64_t started_at = 0, finished_at = 0;
  std::string mode; // full, incremental or delta
  int64_t records_read = 0, inserted = 0, updated = 0, deleted = 0, skipped = 0, bytes = 0;
  std::string error_class;
};

/// The newest first. Empty texts: of all configurations, in any status.
struct list_sync_history {
  static constexpr const char* name = "list_sync_history";

  std::string config, status;
  uint32_t limit = 0;

  std::vector<sync_run> run(connection& conn) const;
};

} // namespace nova::pg
