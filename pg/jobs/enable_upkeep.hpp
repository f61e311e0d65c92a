#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Pauses a task of upkeep, or lets it go on at its next time. False: there is none of that name.
struct enable_upkeep {
  static constexpr const char* name = "enable_upkeep";

  std::string task;
  bool enabled = true;

  bool run(connection& conn) const;
};

} // namespace nova::pg
