#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Gives tasks of upkeep back that were not run to their end: they stay due, and it is no failure.
/// Answers in their order whether the claim was still good.
struct release_upkeep {
  static constexpr const char* name = "release_upkeep";

  std::vector<std::string> names;
  std::vector<int64_t> tokens; // tokens[i]: of the claim of names[i]

  std::vector<bool> run(connection& conn) const;
};

} // namespace nova::pg
