#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Jobs with permits have ended. Answers how many permits there still were.
struct return_permits {
  static constexpr const char* name = "return_permits";

  std::vector<int64_t> handlers;
  std::vector<std::string> keys, jobs;
  std::vector<bool> failed; // counts for the breaker of the key
  std::vector<double> took_ms;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
