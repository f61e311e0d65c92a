#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct upkeep_run {
  std::string task;
  int64_t started = 0; // seconds since 1970
  double seconds = 0;
  std::string outcome;
  int32_t runs = 1;
  std::string worker;
  int64_t rows = 0, bytes = 0;
  std::string error_class, error, file, details; // empty: none; details: JSON
};

/// Runs of upkeep, the latest first.
struct list_upkeep_runs {
  static constexpr const char* name = "list_upkeep_runs";

  std::string task = {}; // empty: of all
  bool failed = false;   // only those
  int64_t limit = 50;

  std::vector<upkeep_run> run(connection& conn) const;
};

} // namespace nova::pg
