#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <vector>

namespace nova::pg {

/// Makes due again what the node has claimed and does not hold, because it never learned of it.
/// Answers how many.
struct release_parked {
  static constexpr const char* name = "release_parked";

  int64_t node = 0; // its epoch
  std::vector<notification_id> in_hand;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
