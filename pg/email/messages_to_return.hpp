#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// One of them.
struct taken_message {
  std::string queue;
  int64_t id = 0;
  std::string message; // JSON
};

/// What was taken from the queues of the Node service and is not worked off.
struct messages_to_return {
  static constexpr const char* name = "messages_to_return";

  uint32_t limit = 500;

  std::vector<taken_message> run(connection& conn) const;
};

} // namespace nova::pg
