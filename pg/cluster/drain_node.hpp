#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <string>

namespace nova::pg {

/// Marks the incarnation of that name: it takes no new work. Answers false when no living node has
/// the name.
struct drain_node {
  static constexpr const char* name = "drain_node";

  std::string node;
  std::string who, reason;
  std::chrono::seconds lasting{0}; // zero: until it is undrained or ends

  bool run(connection& conn) const;
};

} // namespace nova::pg
