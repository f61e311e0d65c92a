#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

namespace nova::pg {

/// Disconnects a mailbox. Answers false when there is none to disconnect.
struct remove_inbox {
  static constexpr const char* name = "remove_inbox";

  inbox_id inbox;

  bool run(connection& conn) const;
};

} // namespace nova::pg
