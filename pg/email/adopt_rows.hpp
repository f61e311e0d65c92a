#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// Copies rows of the Node service into ours. What cannot be copied is noted with its reason; a row
/// that the server refuses altogether refuses them all.
struct adopt_rows {
  static constexpr const char* name = "adopt_rows";

  std::string table; // one of `adopt::tables()`
  std::vector<std::string> ids, digests, rows;
  std::string map; // JSON object: our names of fields, and their columns

  void run(connection& conn) const;
};

} // namespace nova::pg
