#pragma once

#include "base/clock.hpp"
#include "jobs/upkeep_stop.hpp"
#include "jobs/upkeep_task.hpp"
#include "pg/connection.hpp"
#include "pg/jobs/upkeep_outcome.hpp"

#include <string>

namespace nova::jobs {

/// What tasks of upkeep need that is not in the database.
struct upkeep_means {
  std::string maintenance_url;  // NOVA_MAINTENANCE_URL: the owner's; may hold a password
  std::string export_directory; // NOVA_EXPORT_DIR
  base::clock clock = base::wall_now;
};

/// Does one task to its end, on a connection whose statements may take long. What fails is in the
/// answer. Blocks; throws `upkeep_stopped`. Built-in tasks are none of its business.
pg::upkeep_outcome do_upkeep(pg::connection& conn, const upkeep_task& task,
                             const upkeep_means& means, upkeep_stop& stop);

} // namespace nova::jobs
