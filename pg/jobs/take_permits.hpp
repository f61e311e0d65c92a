#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Asks whether jobs of a handler with limits may run. Answers for each, in their order, when it
/// may come again; zero: it may run, and its permit ends with the lease.
struct take_permits {
  static constexpr const char* name = "take_permits";

  std::string worker;
  int64_t handler = 0;
  std::vector<std::string> keys, jobs; // one each
  std::chrono::milliseconds lease{60'000};

  std::vector<std::chrono::milliseconds> run(connection& conn) const;
};

} // namespace nova::pg
