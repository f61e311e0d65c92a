#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

struct scheduled_retry {
  int32_t retry_count = 0;
  int64_t retry_at = 0; // seconds since 1970
};

/// A retry that waits, by its id.
struct find_sync_retry {
  static constexpr const char* name = "find_sync_retry";

  std::string id;

  scheduled_retry run(connection& conn) const;
};

} // namespace nova::pg
