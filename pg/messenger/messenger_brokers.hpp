#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// A transport of another system.
struct broker_row {
  std::string name, type, config; // config is a JSON object of texts
  bool open = true;               // takes and gives out messages

  friend bool operator==(const broker_row&, const broker_row&) = default;
};

/// All of them, by name.
struct messenger_brokers {
  static constexpr const char* name = "messenger_brokers";

  std::vector<broker_row> run(connection& conn) const;
};

} // namespace nova::pg
