#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Wakes whoever listens to a channel, on every node.
struct notify {
  static constexpr const char* name = "notify";

  std::string channel;
  std::string payload = {};

  void run(connection& conn) const;
};

} // namespace nova::pg
