#pragma once

#include "pg/connection.hpp"
#include "pg/messenger/message_outcome.hpp"

#include <cstdint>
#include <vector>

namespace nova::pg {

/// Messages that are done. Answers in their order.
struct messenger_complete {
  static constexpr const char* name = "messenger_complete";

  std::vector<int64_t> ids;
  std::vector<int64_t> tokens; // tokens[i]: of the claim of ids[i]

  std::vector<message_outcome> run(connection& conn) const;
};

} // namespace nova::pg
