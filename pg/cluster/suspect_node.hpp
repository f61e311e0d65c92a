#pragma once

#include "pg/cluster/default_lease.hpp"
#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace nova::pg {

/// A vote that a node is gone. Answers true when that declared it dead.
struct suspect_node {
  static constexpr const char* name = "suspect_node";

  int64_t voter = 0, suspected = 0;
  bool refused = false; // nobody listens at its address
  std::string why;
  std::chrono::milliseconds lease = default_lease;

  bool run(connection& conn) const;
};

} // namespace nova::pg
