#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// Of rows of the Node service those that were not copied yet, or have changed since.
struct rows_to_adopt {
  static constexpr const char* name = "rows_to_adopt";

  std::string table;
  std::vector<std::string> ids, digests;

  std::vector<std::string> run(connection& conn) const;
};

} // namespace nova::pg
