#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct listed_alert {
  std::string kind, key, severity, title;
  int64_t count = 0;
  int64_t opened_at = 0, ended_at = 0;         // seconds since 1970, 0: it is open
  int64_t told = 0, waiting = 0, given_up = 0; // notices
};

/// The open ones first, the newest first.
struct list_alerts {
  static constexpr const char* name = "list_alerts";

  bool all = false; // also those that are over
  std::string kind; // empty: any
  uint32_t limit = 0;

  std::vector<listed_alert> run(connection& conn) const;
};

} // namespace nova::pg
