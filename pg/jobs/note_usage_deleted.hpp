#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Notes that all lines of a file were gone through.
struct note_usage_deleted {
  static constexpr const char* name = "note_usage_deleted";

  std::string month;
  int32_t part = 1;

  void run(connection& conn) const;
};

} // namespace nova::pg
