#pragma once

#include "pg/cluster/default_lease.hpp"
#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nova::pg {

struct cluster_view {
  std::string state;             // of this node: joining, up, degraded or draining
  int64_t version = 0;           // grows when a node comes or goes
  int64_t settings_revision = 0; // grows when a live setting changes
};

/// Renews the node's lease. Answers with nothing when it was declared dead, and must stop without
/// writing.
struct heartbeat_node {
  static constexpr const char* name = "heartbeat_node";

  int64_t node = 0;
  std::chrono::milliseconds lease = default_lease;
  std::string load = {}; // JSON or empty

  std::optional<cluster_view> run(connection& conn) const;
};

} // namespace nova::pg
