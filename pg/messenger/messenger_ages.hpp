#pragma once

#include "pg/connection.hpp"

#include <optional>
#include <string>
#include <vector>

namespace nova::pg {

struct transport_age {
  std::string transport;
  double ready_s = 0;           // how long the next message has waited; 0: none does
  std::optional<double> next_s; // until one that waits for its time comes
};

/// How long messages have waited, by transport; nothing without the messenger.
struct messenger_ages {
  static constexpr const char* name = "messenger_ages";

  std::vector<transport_age> run(connection& conn) const;
};

} // namespace nova::pg
