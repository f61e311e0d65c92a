#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct usage_line {
  std::string date, id, line;
  int64_t content = 0; // the number of a month is all of these by exclusive or
};

/// Usage of a month as lines of a file, in the order of day and id.
struct usage_page {
  static constexpr const char* name = "usage_page";

  std::string month;
  std::string after_date = {}, after_id = {}; // of the last line; empty: from the beginning
  int32_t limit = 5000;                       // up to 10,000
  std::string format = "ndjson";              // or csv

  std::vector<usage_line> run(connection& conn) const;
};

} // namespace nova::pg
