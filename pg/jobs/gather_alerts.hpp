#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace nova::pg {

/// Makes a message of what waits for each recipient. Answers how many it made.
struct gather_alerts {
  static constexpr const char* name = "gather_alerts";

  std::chrono::milliseconds gather{0}; // so long the first waits for others
  std::chrono::milliseconds hold{0};   // and an end, for the ends of others of its kind
  std::optional<int64_t> now = {};     // microseconds since 1970; nothing: the database's clock

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
