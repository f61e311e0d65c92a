#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Holds tasks of upkeep for longer, from now on. Answers in their order whether the claim was
/// still good; where it was not, another may run the task.
struct extend_upkeep {
  static constexpr const char* name = "extend_upkeep";

  std::vector<std::string> names;
  std::vector<int64_t> tokens; // tokens[i]: of the claim of names[i]
  std::chrono::milliseconds lease{60'000};

  std::vector<bool> run(connection& conn) const;
};

} // namespace nova::pg
