#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Answers false when no living node of that name is drained.
struct undrain_node {
  static constexpr const char* name = "undrain_node";

  std::string node;

  bool run(connection& conn) const;
};

} // namespace nova::pg
