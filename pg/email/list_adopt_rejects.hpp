#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// One of them.
struct adopt_reject {
  std::string table, id, reason;
};

/// Rows of the Node service that could not be copied, and why.
struct list_adopt_rejects {
  static constexpr const char* name = "list_adopt_rejects";

  uint32_t limit = 100;

  std::vector<adopt_reject> run(connection& conn) const;
};

} // namespace nova::pg
