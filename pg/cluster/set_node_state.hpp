#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Answers false when nothing changed.
struct set_node_state {
  static constexpr const char* name = "set_node_state";

  int64_t node = 0;
  std::string state; // up, degraded or draining

  bool run(connection& conn) const;
};

} // namespace nova::pg
