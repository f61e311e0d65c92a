#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Messages of a queue that became the same.
struct taken_count {
  std::string queue, became;
  int64_t messages = 0, returned = 0;
};

/// What was taken from the queues of the Node service.
struct count_taken {
  static constexpr const char* name = "count_taken";

  std::vector<taken_count> run(connection& conn) const;
};

} // namespace nova::pg
