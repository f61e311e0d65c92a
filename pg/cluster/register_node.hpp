#pragma once

#include "pg/cluster/default_lease.hpp"
#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct node_start {
  std::string name = {};
  std::vector<std::string> roles = {};
  std::string version = {};
  std::string address = {}; // where peers reach it; empty: alone
  uint32_t protocol = 1, protocol_min = 1;
  uint32_t capacity = 0;    // threads at once
  std::string machine = {}; // where its loopback address means something
  int64_t replaces = 0;     // the incarnation of that name that is known to be gone; 0: none
};

/// One start of a node. `epoch` fences: it is greater than that of every earlier start.
struct incarnation {
  int64_t id = 0;
  int64_t epoch = 0;
};

/// A node starts. `failure::refused` with SQLSTATE NV011 when the lease of another node of that
/// name runs, 55000 when the cluster no longer speaks its protocol. Whoever has the name without
/// a lease, or is replaced, is declared dead.
struct register_node {
  static constexpr const char* name = "register_node";

  node_start node;
  std::chrono::milliseconds lease = default_lease;

  incarnation run(connection& conn) const;
};

} // namespace nova::pg
