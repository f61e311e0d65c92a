#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Says that messages that were given up are known; without ids all of the queue. They stay in its
/// archive. Answers how many.
struct queue_dismiss {
  static constexpr const char* name = "queue_dismiss";

  std::string queue;
  std::vector<int64_t> ids;

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
