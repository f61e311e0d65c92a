#pragma once

#include "mail/attachments.hpp"
#include "mail/notifications.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <vector>

namespace nova::pg {

/// Takes attachments whose bytes are due for an hour, or until the node ends: in turn one of each
/// grant, the newest mail first, of no grant more than `share` with what is held of it.
struct claim_attachments {
  static constexpr const char* name = "claim_attachments";

  uint32_t limit = 0;
  uint32_t share = 0;
  std::vector<grant_share> held;
  uint64_t bytes_max = 0; // larger ones are not taken
  int64_t node = 0;       // the epoch of the node; 0: alone

  std::vector<due_attachment> run(connection& conn) const;
};

} // namespace nova::pg
