#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// How long the oldest work of a queue that may be done now has waited.
struct queue_age {
  std::string queue;  // a pgmq queue, or `threads`: those of backfills that run
  double seconds = 0; // 0: nothing waits
};

/// Throws `pg::error`.
std::vector<queue_age> queue_ages(connection& conn);

} // namespace nova::pg
