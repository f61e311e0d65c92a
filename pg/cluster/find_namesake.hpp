#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nova::pg {

/// The living node of a name.
struct namesake {
  int64_t id = 0;
  std::string address, machine;
  std::chrono::seconds up{0};
  int64_t heartbeat_at = 0; // microseconds since 1970
};

/// Nothing when no node of that name has a lease that runs.
struct find_namesake {
  static constexpr const char* name = "find_namesake";

  std::string node_name;

  std::optional<namesake> run(connection& conn) const;
};

} // namespace nova::pg
