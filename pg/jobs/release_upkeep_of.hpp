#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Takes back the tasks of upkeep of workers that are dead, each as a failure; the first in a row
/// is due at once. Answers how many.
struct release_upkeep_of {
  static constexpr const char* name = "release_upkeep_of";

  std::vector<std::string> workers;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
