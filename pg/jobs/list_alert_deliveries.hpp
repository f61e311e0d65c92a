#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// A message about alerts to one recipient.
struct listed_delivery {
  int64_t id = 0;
  std::string kind, recipient, state, error_class, error;
  int32_t attempts = 0;
  int64_t alerts = 0;                                        // in it
  std::string title;                                         // of one of them
  int64_t created_at = 0, next_attempt_at = 0, ended_at = 0; // seconds since 1970, 0: none
};

/// The newest first.
struct list_alert_deliveries {
  static constexpr const char* name = "list_alert_deliveries";

  std::string state; // empty: any
  uint32_t limit = 0;

  std::vector<listed_delivery> run(connection& conn) const;
};

} // namespace nova::pg
