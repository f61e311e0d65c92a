#pragma once

#include "mail/windows.hpp"
#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// The provider no longer takes the cursor, or it leads nowhere: the window starts again. Answers
/// how often it did.
struct restart_window {
  static constexpr const char* name = "restart_window";

  config_id config;
  backfill_window window;

  uint32_t run(connection& conn) const;
};

} // namespace nova::pg
