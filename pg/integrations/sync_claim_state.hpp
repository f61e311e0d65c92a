#pragma once

#include "pg/connection.hpp"
#include "pg/integrations/sync_claim.hpp"

#include <string>

namespace nova::pg {

/// What a claim is by now: `good`, `cancelled` (somebody wants the run to end) or `stale` (it is
/// over).
struct sync_claim_state {
  static constexpr const char* name = "sync_claim_state";

  sync_claim claim;

  std::string run(connection& conn) const;
};

} // namespace nova::pg
