#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct failed_thread {
  config_id config;
  thread_id thread;
  std::string reason;
  uint32_t attempts = 0;
  int64_t failed_at = 0; // seconds since 1970
};

/// The newest first.
struct failed_threads {
  static constexpr const char* name = "failed_threads";

  config_id config; // empty: of all backfills
  uint32_t limit = 0;

  std::vector<failed_thread> run(connection& conn) const;
};

} // namespace nova::pg
