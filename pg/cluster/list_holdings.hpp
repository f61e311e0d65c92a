#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// What a node holds now.
struct node_holdings {
  int64_t claims = 0; // threads
  std::vector<std::string> leases;
  int64_t homes = 0; // grants whose calls it paces
};

/// Nothing is held by a node that is not there.
struct list_holdings {
  static constexpr const char* name = "list_holdings";

  std::string node;

  node_holdings run(connection& conn) const;
};

} // namespace nova::pg
