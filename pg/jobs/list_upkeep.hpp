#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct upkeep_row {
  std::string task, kind, target, schedule;
  bool enabled = true;
  std::string lacks;   // the system that it needs and that is not installed
  std::string worker;  // who runs it now; empty: nobody
  int64_t due = 0;     // seconds since 1970
  std::string outcome; // of the last run; empty: there was none
  int64_t ended = 0;   // seconds since 1970; 0: never
  int64_t rows = 0, bytes = 0;
  std::string error_class, error;
  int32_t attempts = 0; // failures in a row
};

/// Every task of upkeep.
struct list_upkeep {
  static constexpr const char* name = "list_upkeep";

  std::vector<upkeep_row> run(connection& conn) const;
};

} // namespace nova::pg
