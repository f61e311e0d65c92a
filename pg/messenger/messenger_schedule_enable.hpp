#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Answers false when there is none of that name.
struct messenger_schedule_enable {
  static constexpr const char* name = "messenger_schedule_enable";

  std::string schedule;
  bool enabled = true;

  bool run(connection& conn) const;
};

} // namespace nova::pg
