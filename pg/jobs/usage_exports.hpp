#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct usage_export {
  std::string month; // 2026-05
  int32_t part = 1;
  std::string format, file;
  int64_t rows = 0, bytes = 0;
  std::string sha256;
  int64_t content = 0;
  bool deleting = false; // deletion of its rows has begun
  bool deleted = false;  // and ended
  bool old = false;      // its rows are kept no longer
};

/// Files of exported usage, by month and part.
struct usage_exports {
  static constexpr const char* name = "usage_exports";

  std::string keep = {}; // an interval; empty: none is old

  std::vector<usage_export> run(connection& conn) const;
};

} // namespace nova::pg
