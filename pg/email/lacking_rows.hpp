#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// One of them.
struct lacking_row {
  std::string id, reason;
};

/// Of rows of the Node service those that are not here under their id, and why.
struct lacking_rows {
  static constexpr const char* name = "lacking_rows";

  std::string table;
  std::vector<std::string> ids, keys; // theirs, and the provider's

  std::vector<lacking_row> run(connection& conn) const;
};

} // namespace nova::pg
