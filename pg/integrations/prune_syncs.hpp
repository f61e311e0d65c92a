#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Forgets runs of syncs and alerts that ended 90 days ago, ten thousand of each at a time. Answers
/// how many; in a database that has the system integrations.
struct prune_syncs {
  static constexpr const char* name = "prune_syncs";

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
