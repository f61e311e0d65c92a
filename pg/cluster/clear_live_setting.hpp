#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Answers false when it was not set.
struct clear_live_setting {
  static constexpr const char* name = "clear_live_setting";

  std::string key;

  bool run(connection& conn) const;
};

} // namespace nova::pg
