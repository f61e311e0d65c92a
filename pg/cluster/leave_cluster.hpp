#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Ends the node on purpose; its leases are free at once. Answers false when it had ended before.
struct leave_cluster {
  static constexpr const char* name = "leave_cluster";

  int64_t node = 0;

  bool run(connection& conn) const;
};

} // namespace nova::pg
