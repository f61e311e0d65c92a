#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// The next slots of a schedule, as ISO 8601; fails with NM006 when there is no such schedule.
struct messenger_preview_schedule {
  static constexpr const char* name = "messenger_preview_schedule";

  std::string schedule;
  int32_t count = 5; // at most 1,000

  std::vector<std::string> run(connection& conn) const;
};

} // namespace nova::pg
