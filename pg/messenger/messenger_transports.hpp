#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct transport_row {
  std::string name, type, config;
  bool enabled = false, paused = false;
  int32_t running_max = 0; // 0: no limit
  int32_t attempts_max = 0;
};

/// Those that differ from the default.
struct messenger_transports {
  static constexpr const char* name = "messenger_transports";

  std::vector<transport_row> run(connection& conn) const;
};

} // namespace nova::pg
