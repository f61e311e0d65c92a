#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Switches a configuration off or on. Answers whether there is one.
struct pause_sync_config {
  static constexpr const char* name = "pause_sync_config";

  std::string config;
  bool active = false;

  bool run(connection& conn) const;
};

} // namespace nova::pg
