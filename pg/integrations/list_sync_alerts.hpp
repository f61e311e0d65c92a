#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct sync_alert {
  std::string id, integration, stream, type, channel, recipient, delivery_status, error;
  int32_t attempts = 0;
  int64_t created_at = 0, sent_at = 0; // seconds since 1970, 0: not sent
};

/// The newest first.
struct list_sync_alerts {
  static constexpr const char* name = "list_sync_alerts";

  std::string status; // empty: any
  uint32_t limit = 0;

  std::vector<sync_alert> run(connection& conn) const;
};

} // namespace nova::pg
