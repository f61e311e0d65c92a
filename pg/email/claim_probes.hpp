#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <vector>

namespace nova::pg {

/// Takes grants that could not be called and are to be probed now; each is due again after a pause
/// that grows.
struct claim_probes {
  static constexpr const char* name = "claim_probes";

  uint32_t limit = 0;

  std::vector<grant_id> run(connection& conn) const;
};

} // namespace nova::pg
