#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

struct time_zones {
  std::string session;      // of one that says nothing of it
  std::string log;          // of the server's log
  bool is_utc = false;      // the first
  bool counts_days = false; // sessions of others count days by it
};

/// Which time zones the server has. Nova's own sessions are in UTC whatever they are.
struct server_zone {
  static constexpr const char* name = "server_zone";

  time_zones run(connection& conn) const;
};

} // namespace nova::pg
