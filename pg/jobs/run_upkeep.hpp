#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Makes a task of upkeep due now, for whichever node comes first; while it is being run, once
/// more. False: there is none of that name.
struct run_upkeep {
  static constexpr const char* name = "run_upkeep";

  std::string task;

  bool run(connection& conn) const;
};

} // namespace nova::pg
