#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Makes visible what that reader leased by a read of which it has no answer: all but what it
/// holds. Answers how many.
struct queue_release_unread {
  static constexpr const char* name = "queue_release_unread";

  int64_t reader = 0;
  std::string queue;
  std::vector<int64_t> held;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
