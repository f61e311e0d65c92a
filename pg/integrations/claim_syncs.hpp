#pragma once

#include "pg/connection.hpp"
#include "pg/integrations/sync_claim.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct claimed_sync {
  sync_claim claim;
  std::string name; // integration/stream
  int32_t retry_count = 0;
};

/// Takes runs that are due: by the clock, because somebody asked, or as a retry; at most one a
/// configuration.
struct claim_syncs {
  static constexpr const char* name = "claim_syncs";

  sync_worker worker;
  uint32_t limit = 0;

  std::vector<claimed_sync> run(connection& conn) const;
};

} // namespace nova::pg
