#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// Those of these messages that are stored and not deleted.
struct living_messages {
  static constexpr const char* name = "living_messages";

  inbox_id inbox;
  std::vector<message_id> messages;

  std::vector<message_id> run(connection& conn) const;
};

} // namespace nova::pg
