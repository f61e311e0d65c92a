#pragma once

#include "pg/cluster/default_lease.hpp"
#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace nova::pg {

/// Declares those dead whose lease ran out. Answers with them; with none when this node was not
/// steady itself.
struct expire_nodes {
  static constexpr const char* name = "expire_nodes";

  int64_t judge = 0;
  std::chrono::milliseconds lease = default_lease;

  std::vector<int64_t> run(connection& conn) const;
};

} // namespace nova::pg
