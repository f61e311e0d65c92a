#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Moves messages that were given up back to their queue. Answers how many.
struct queue_send_again {
  static constexpr const char* name = "queue_send_again";

  std::string queue;
  std::vector<int64_t> ids;

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
