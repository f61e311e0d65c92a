#pragma once

#include "mail/queue_message.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Leases messages that are visible, in order of id. Within a second a connection goes on where its
/// last read ended; once a second it looks from the beginning, for messages that were given back. A
/// queue that does not exist is `failure::refused` with SQLSTATE 42P01.
struct queue_read {
  static constexpr const char* name = "queue_read";

  std::string queue;
  int64_t visibility_s = 0;
  uint32_t limit = 0;
  /// The epoch of a node: the message says who has it, and is given back when that node ends. 0: no
  /// node of a cluster.
  int64_t reader = 0;

  std::vector<queue_message> run(connection& conn) const;
};

} // namespace nova::pg
