#pragma once

#include "pg/connection.hpp"
#include "pg/integrations/sync_claim.hpp"

#include <cstdint>

namespace nova::pg {

/// Notes about how many records a run has to read.
struct note_sync_total {
  static constexpr const char* name = "note_sync_total";

  sync_claim claim;
  int64_t total = 0;

  void run(connection& conn) const;
};

} // namespace nova::pg
