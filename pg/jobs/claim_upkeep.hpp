#pragma once

#include "pg/connection.hpp"
#include "pg/jobs/upkeep_outcome.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Takes tasks of upkeep that are due, the oldest first; each is run by one worker at a time.
struct claim_upkeep {
  static constexpr const char* name = "claim_upkeep";

  std::string worker;
  std::chrono::milliseconds lease{60'000}; // up to an hour
  int32_t limit = 1;

  std::vector<claimed_upkeep> run(connection& conn) const;
};

} // namespace nova::pg
