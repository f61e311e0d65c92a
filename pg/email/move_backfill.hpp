#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Moves a backfill; refuses (SQLSTATE of the transition function) what the machine does not allow.
struct move_backfill {
  static constexpr const char* name = "move_backfill";

  config_id config;
  std::string to, who, why;

  void run(connection& conn) const;
};

} // namespace nova::pg
