#pragma once

#include "mail/notifications.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <vector>

namespace nova::pg {

/// Takes notifications that wait for the provider for ten minutes, or until the node ends: in turn
/// one of each grant, of none more than `share` with what is held of it.
struct claim_parked {
  static constexpr const char* name = "claim_parked";

  uint32_t limit = 0;
  uint32_t share = 0;
  std::vector<grant_share> held;
  int64_t node = 0; // the epoch of the node; 0: alone
  /// An earlier claim or postponement may have left claimed what the node does not know of: all but
  /// `in_hand` is due again first.
  bool doubtful = false;
  std::vector<notification_id> in_hand = {};

  /// Marks itself as doubtful, in case that it has to be run again.
  std::vector<parked_notification> run(connection& conn);
};

} // namespace nova::pg
