#pragma once

#include "pg/cluster/default_lease.hpp"
#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// A living node as who restarts one after the other sees it.
struct node_to_roll {
  int64_t id = 0; // the incarnation
  std::string name, state, machine, version;
  bool alive = false;  // its lease runs
  bool steady = false; // for a whole lease no heartbeat came late
  uint64_t claims = 0, leases = 0;
  std::vector<std::string> linked_to;
  std::vector<std::string> never_linked_to; // no common protocol, or no address
};

/// All of them, by name.
struct nodes_to_roll {
  static constexpr const char* name = "nodes_to_roll";

  std::chrono::milliseconds lease = default_lease;

  std::vector<node_to_roll> run(connection& conn) const;
};

} // namespace nova::pg
