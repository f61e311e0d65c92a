#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Notes a file that is whole, instead of what was there of its month and part.
struct note_usage_export {
  static constexpr const char* name = "note_usage_export";

  std::string month;
  int32_t part = 1;
  std::string format, file;
  int64_t rows = 0, bytes = 0;
  std::string sha256;
  int64_t content = 0;

  void run(connection& conn) const;
};

} // namespace nova::pg
