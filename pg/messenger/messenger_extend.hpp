#pragma once

#include "pg/connection.hpp"
#include "pg/messenger/message_outcome.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace nova::pg {

/// Holds messages for longer, from now on. Answers in their order.
struct messenger_extend {
  static constexpr const char* name = "messenger_extend";

  std::vector<int64_t> ids;
  std::vector<int64_t> tokens; // tokens[i]: of the claim of ids[i]
  std::chrono::milliseconds lease{0};

  std::vector<message_outcome> run(connection& conn) const;
};

} // namespace nova::pg
