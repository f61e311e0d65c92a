#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct sent_message {
  int64_t id = 0;
  bool created = false; // false: its idempotency key was taken, `id` is the first one's
};

/// Answers for each message, in their order. A refusal of the schema's own carries a SQLSTATE of
/// class NM: docs/messenger.md lists them.
struct messenger_send {
  static constexpr const char* name = "messenger_send";

  std::vector<std::string> messages; // each a JSON object as messenger_send(jsonb[]) takes it

  std::vector<sent_message> run(connection& conn) const;
};

} // namespace nova::pg
