#pragma once

#include "mail/inboxes.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// Takes these messages, in one inbox, to be read again now, whoever else wanted to; what waits for
/// its second 404 is taken when that is due. A tombstone is never taken. `refetch_not_found` and
/// `store_messages` end it.
struct claim_refetches_of {
  static constexpr const char* name = "claim_refetches_of";

  inbox_id inbox;
  std::vector<message_id> messages;

  std::vector<refetch> run(connection& conn) const;
};

} // namespace nova::pg
