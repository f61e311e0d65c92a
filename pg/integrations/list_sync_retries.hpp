#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct sync_retry {
  std::string id, original_id, integration, stream;
  int32_t retry_count = 0, max_retries = 0;
  int64_t retry_at = 0; // seconds since 1970
  bool due = false;     // its time has come and its configuration is on
};

/// The longest due first.
struct list_sync_retries {
  static constexpr const char* name = "list_sync_retries";

  bool only_due = false;
  uint32_t limit = 0;

  std::vector<sync_retry> run(connection& conn) const;
};

} // namespace nova::pg
