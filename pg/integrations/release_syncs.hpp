#pragma once

#include "pg/connection.hpp"
#include "pg/integrations/sync_claim.hpp"

#include <cstdint>
#include <vector>

namespace nova::pg {

/// Gives runs back that were not run to their end: they wait, go on at their last page, and it is
/// no attempt. Answers how many of the claims were still good.
struct release_syncs {
  static constexpr const char* name = "release_syncs";

  std::vector<sync_claim> claims;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
