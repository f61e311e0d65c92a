#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <string>

namespace nova::pg {

/// A setting that every node follows within a second.
struct set_live_setting {
  static constexpr const char* name = "set_live_setting";

  std::string key;
  std::string value; // JSON
  std::string who, reason;
  std::chrono::seconds lasting{0}; // zero: for good

  void run(connection& conn) const;
};

} // namespace nova::pg
