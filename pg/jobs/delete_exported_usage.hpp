#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Deletes rows of usage that still are as these lines of their file. Answers how many.
struct delete_exported_usage {
  static constexpr const char* name = "delete_exported_usage";

  std::string month;
  int32_t part = 1;
  std::string keep; // an interval, 31 days at least
  std::vector<std::string> ids, lines;

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
