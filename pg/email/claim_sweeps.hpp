#pragma once

#include "mail/inboxes.hpp"
#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace nova::pg {

/// Takes inboxes of which the last sweep is older than that, for ten minutes, but none of
/// `in_hand`.
struct claim_sweeps {
  static constexpr const char* name = "claim_sweeps";

  std::chrono::seconds every{600};
  uint32_t limit = 0;
  std::vector<inbox_id> in_hand{};

  std::vector<sweep> run(connection& conn) const;
};

} // namespace nova::pg
