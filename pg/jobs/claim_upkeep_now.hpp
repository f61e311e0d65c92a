#pragma once

#include "pg/connection.hpp"
#include "pg/jobs/upkeep_outcome.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace nova::pg {

/// Takes one task of upkeep, due or not. Nothing: there is none of that name. Throws (55P03) while
/// it is being run, with whom by.
struct claim_upkeep_now {
  static constexpr const char* name = "claim_upkeep_now";

  std::string task, worker;
  std::chrono::milliseconds lease{60'000}; // up to an hour

  std::optional<claimed_upkeep> run(connection& conn) const;
};

} // namespace nova::pg
