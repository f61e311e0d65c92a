#pragma once

#include "pg/cluster/default_lease.hpp"
#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace nova::pg {

/// Takes of these leases those that are free or ran out, or renews own ones, with one statement.
/// The token is that of one tenure: every effect under the lease names it. None for what another
/// holds; nothing when the node is draining or gone.
struct take_leases {
  static constexpr const char* name = "take_leases";

  std::vector<std::string> names;
  int64_t node = 0;
  std::chrono::milliseconds lease = default_lease;

  std::map<std::string, int64_t> run(connection& conn) const;
};

} // namespace nova::pg
