#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Answers false when it was no longer held.
struct release_lease {
  static constexpr const char* name = "release_lease";

  std::string lease;
  int64_t node = 0;
  int64_t token = 0;

  bool run(connection& conn) const;
};

} // namespace nova::pg
