#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

struct refreshed_view {
  bool refreshed = false;
  int64_t rows = 0;
  int64_t bytes = 0;
};

/// Refreshes the materialized view of a task, unless nothing has changed since its last time.
/// Readers go on meanwhile.
struct refresh_view {
  static constexpr const char* name = "refresh_view";

  std::string task;

  refreshed_view run(connection& conn) const;
};

} // namespace nova::pg
