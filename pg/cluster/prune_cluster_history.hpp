#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

struct pruned_history {
  int64_t failures = 0, nodes = 0;
};

/// Forgets failures past their days (setting `actor_failures_keep_days`, 14), at most 10,000 a
/// call, and nodes that ended a week ago. Answers how many of each.
struct prune_cluster_history {
  static constexpr const char* name = "prune_cluster_history";

  pruned_history run(connection& conn) const;
};

} // namespace nova::pg
