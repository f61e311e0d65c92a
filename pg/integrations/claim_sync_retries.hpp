#pragma once

#include "pg/connection.hpp"
#include "pg/integrations/sync_claim.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct claimed_retry {
  sync_claim claim;
  std::string config_id, original_id;
  int32_t retry_count = 0;
};

/// Takes due retries, at most one per configuration.
struct claim_sync_retries {
  static constexpr const char* name = "claim_sync_retries";

  sync_worker worker;
  uint32_t limit = 0;

  std::vector<claimed_retry> run(connection& conn) const;
};

} // namespace nova::pg
