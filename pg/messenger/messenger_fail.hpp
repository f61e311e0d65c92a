#pragma once

#include "pg/connection.hpp"
#include "pg/messenger/message_outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::pg {

/// Failures of messages, as columns of one length. Answers in their order.
struct messenger_fail {
  static constexpr const char* name = "messenger_fail";

  std::vector<int64_t> ids;
  std::vector<int64_t> tokens;                // tokens[i]: of the claim of ids[i]
  std::vector<std::string> messages, classes; // of the errors
  std::vector<std::string>
    verdicts; // retry, unrecoverable (none), recoverable (beyond the maximum)
  /// Until the next try; nothing: by the backoff, as for all when there are none.
  std::vector<std::optional<int64_t>> after_ms = {};

  std::vector<message_outcome> run(connection& conn) const;
};

} // namespace nova::pg
