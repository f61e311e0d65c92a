#pragma once

#include "mail/windows.hpp"
#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Reads a claimed window where it is listed. NV009 when that is not its newest claim.
struct open_window {
  static constexpr const char* name = "open_window";

  config_id config;
  int64_t window = 0;
  int64_t token = 0; // of the claim

  claimed_window run(connection& conn) const;
};

} // namespace nova::pg
