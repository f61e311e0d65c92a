#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// A row of the audit log.
struct notification_row {
  notification_id id;
  std::string type;
  grant_id grant;
  std::string status, error;
  int64_t received_at = 0; // seconds since 1970
  int64_t duration_ms = 0;
  uint32_t deliveries = 0;
  uint32_t retries = 0;
};

/// Of the audit log, the newest first.
struct list_notifications {
  static constexpr const char* name = "list_notifications";

  std::string status; // pending | processed | ignored | error; empty: all
  uint32_t limit = 0;

  std::vector<notification_row> run(connection& conn) const;
};

} // namespace nova::pg
