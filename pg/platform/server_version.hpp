#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

struct server_state {
  std::string version;
  int number = 0; // 150018 is 15.18
  bool standby = false;
  int64_t time = 0; // microseconds since 1970
};

/// What the server is, and what it takes the time to be.
struct server_version {
  static constexpr const char* name = "server_version";

  server_state run(connection& conn) const;
};

} // namespace nova::pg
