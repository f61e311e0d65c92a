#pragma once

#include "pg/connection.hpp"
#include "pg/integrations/sync_claim.hpp"

#include <chrono>
#include <vector>

namespace nova::pg {

/// Holds runs for longer, from now on. Answers in their order whether the claim was still good.
struct extend_syncs {
  static constexpr const char* name = "extend_syncs";

  std::vector<sync_claim> claims;
  std::chrono::seconds lease{60};

  std::vector<bool> run(connection& conn) const;
};

} // namespace nova::pg
