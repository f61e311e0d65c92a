#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct node_row {
  int64_t id = 0;
  std::string name;
  int64_t epoch = 0;
  std::vector<std::string> roles;
  std::string address, version, state;
  int64_t started_at = 0, heartbeat_at = 0; // microseconds since 1970
  bool alive = false;                       // its lease runs
  std::string dead_reason;
};

/// Living nodes and those that ended within so many hours, newest first.
struct list_nodes {
  static constexpr const char* name = "list_nodes";

  uint32_t ended_within_hours = 0;

  std::vector<node_row> run(connection& conn) const;
};

} // namespace nova::pg
