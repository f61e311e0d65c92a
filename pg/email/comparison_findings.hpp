#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// A message that is not on both sides as it should be.
struct comparison_finding {
  std::string id;
  std::string what;   // `missing`, `extra`, `differing`, `rejected` or `in flight`
  std::string detail; // the columns that differ, or why it could not be read
  uint64_t total = 0; // of that kind
};

/// What a comparison found so far, up to `limit` of each kind.
struct comparison_findings {
  static constexpr const char* name = "comparison_findings";

  int64_t comparison = 0;
  uint64_t limit = 20;

  std::vector<comparison_finding> run(connection& conn) const;
};

} // namespace nova::pg
