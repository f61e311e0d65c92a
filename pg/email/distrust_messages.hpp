#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// Messages that a comparison found to differ, before they are stored again: their columns may not
/// be what their hashes say, when somebody else wrote them.
struct distrust_messages {
  static constexpr const char* name = "distrust_messages";

  inbox_id inbox;
  std::vector<message_id> ids;

  void run(connection& conn) const;
};

} // namespace nova::pg
