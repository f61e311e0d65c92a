#pragma once

#include "pg/connection.hpp"
#include "pg/jobs/upkeep_outcome.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Ends a run of a task of upkeep: writes its history and when it is due next. False: the claim was
/// over, and nothing was changed.
struct end_upkeep {
  static constexpr const char* name = "end_upkeep";

  std::string task;
  int64_t token = 0;
  upkeep_outcome outcome;

  bool run(connection& conn) const;
};

} // namespace nova::pg
