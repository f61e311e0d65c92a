#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// A message of a queue of the Node service.
struct source_message {
  int64_t id = 0;
  std::string message; // JSON
};

/// Leases what waits in a queue of the Node service for as long as the caller's transaction is
/// open: one that is rolled back has read nothing.
struct read_source_queue {
  static constexpr const char* name = "read_source_queue";

  std::string queue;
  uint32_t limit = 0;

  std::vector<source_message> run(connection& source) const;
};

} // namespace nova::pg
