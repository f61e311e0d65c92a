#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Forgets what the journal of messages (nova.mail_journal) has kept for thirty days, 100,000
/// lines at most. Answers how many. For a maintenance task.
struct prune_mail_journal {
  static constexpr const char* name = "prune_mail_journal";

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
