#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nova::pg {

/// A run with all that is known of it. Times are seconds since 1970, 0: not yet.
struct shown_sync_run {
  std::string integration, stream, status, mode, triggered_by;
  int32_t retry_count = 0, max_retries = 0;
  std::string original_id; // empty: it is one
  int64_t read = 0, inserted = 0, updated = 0, deleted = 0, skipped = 0, failed = 0;
  int64_t total = -1; // to read, about; -1: unknown
  int64_t bytes = 0, pages = 0, started_at = 0, finished_at = 0;
  double seconds = 0;
  std::string error_class, error, worker, watermark;
  int64_t rejected = 0; // its records that are in the table of refused ones
};

/// Nothing: there is no such run.
struct show_sync_run {
  static constexpr const char* name = "show_sync_run";

  std::string run_id;

  std::optional<shown_sync_run> run(connection& conn) const;
};

} // namespace nova::pg
