#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct schedule_row {
  std::string name, kind, schedule, timezone, type, transport, last_error;
  bool enabled = false;
  int64_t next_run_at = 0, last_run_at = 0; // seconds since 1970; 0: never
  int64_t runs = 0, missed = 0, skipped = 0;
};

/// All, paused ones too.
struct messenger_schedules {
  static constexpr const char* name = "messenger_schedules";

  std::vector<schedule_row> run(connection& conn) const;
};

} // namespace nova::pg
