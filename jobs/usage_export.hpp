#pragma once

#include "base/clock.hpp"
#include "jobs/upkeep_stop.hpp"
#include "pg/connection.hpp"
#include "pg/jobs/upkeep_outcome.hpp"

#include <string>

namespace nova::jobs {

/// What leaves the table of usage, and when.
struct usage_export_order {
  std::string directory;
  std::string format = "ndjson"; // or csv
  std::string after = "1 month"; // an interval: months that ended so long ago
  base::clock clock = base::wall_now;
};

/// Writes each month that is due into a file, `usage_metrics-2026-05.ndjson`, unless it is there
/// as the month is. What was written or changed after rows of the month were deleted becomes a part
/// of its own, `usage_metrics-2026-05.2.ndjson`. Throws `pg::error`, `export_error` and
/// `upkeep_stopped`.
pg::upkeep_outcome export_usage(pg::connection& conn, const usage_export_order& order,
                                const upkeep_stop& stop);

/// Deletes usage of months that are kept no longer, of each row only what its file has word for
/// word, after that file was read again and is as it was written. Throws the same.
pg::upkeep_outcome delete_exported(pg::connection& conn, const std::string& directory,
                                   const std::string& keep, const upkeep_stop& stop);

} // namespace nova::jobs
