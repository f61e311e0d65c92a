#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Queues failed threads again, all when `threads` is empty, and reopens their backfill. Answers
/// how many.
struct retry_failed_threads {
  static constexpr const char* name = "retry_failed_threads";

  config_id config;
  std::vector<thread_id> threads;
  std::string who;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
