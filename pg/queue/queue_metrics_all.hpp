#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Lengths above 10,000 are the server's estimate; `visible` then says 10,000 or more.
struct queue_metrics {
  std::string name;
  int64_t length = 0, visible = 0, total = 0, archived = 0;
  int64_t oldest_age_seconds = 0, newest_age_seconds = 0; // 0: empty
  std::string trouble; // why it cannot be looked at; then all figures are 0
};

/// The figures of every queue.
struct queue_metrics_all {
  static constexpr const char* name = "queue_metrics_all";

  std::vector<queue_metrics> run(connection& conn) const;
};

} // namespace nova::pg
