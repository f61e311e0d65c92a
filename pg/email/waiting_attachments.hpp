#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// At most 100,000 each.
struct attachments_waiting {
  uint64_t waiting = 0; // for their bytes to be fetched
  uint64_t failing = 0; // of these, after five failures or more
};

/// How many attachments wait for their bytes.
struct waiting_attachments {
  static constexpr const char* name = "waiting_attachments";

  attachments_waiting run(connection& conn) const;
};

} // namespace nova::pg
