#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct messenger_queue_row {
  std::string transport, queue;
  int64_t ready = 0, delayed = 0, running = 0, failed = 0;
  int64_t oldest_ready_s = 0;
};

/// What each queue holds.
struct messenger_stats {
  static constexpr const char* name = "messenger_stats";

  std::vector<messenger_queue_row> run(connection& conn) const;
};

} // namespace nova::pg
