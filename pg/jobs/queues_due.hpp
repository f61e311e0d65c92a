#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace nova::pg {

struct queue_due {
  std::string queue;
  std::chrono::milliseconds in{0}; // 0: now
};

/// When the first message of each of these queues may be read; nothing of empty ones.
struct queues_due {
  static constexpr const char* name = "queues_due";

  std::vector<std::string> queues;

  std::vector<queue_due> run(connection& conn) const;
};

} // namespace nova::pg
