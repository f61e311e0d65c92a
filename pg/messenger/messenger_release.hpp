#pragma once

#include "pg/connection.hpp"
#include "pg/messenger/message_outcome.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace nova::pg {

/// Gives messages back, to be claimed again after the delay. Answers in their order.
struct messenger_release {
  static constexpr const char* name = "messenger_release";

  std::vector<int64_t> ids;
  std::vector<int64_t> tokens; // tokens[i]: of the claim of ids[i]
  std::chrono::milliseconds delay{0};

  std::vector<message_outcome> run(connection& conn) const;
};

} // namespace nova::pg
