#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

struct queue_age {
  std::string queue;  // a pgmq queue, or `threads`: those of backfills that run
  double seconds = 0; // of the oldest; 0: nothing waits
};

/// How long work has waited that may be done now, by queue.
struct queue_ages {
  static constexpr const char* name = "queue_ages";

  std::vector<queue_age> run(connection& conn) const;
};

} // namespace nova::pg
