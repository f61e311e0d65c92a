#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Sends the messages of schedules that are due. Answers how many.
struct messenger_run_schedules {
  static constexpr const char* name = "messenger_run_schedules";

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
