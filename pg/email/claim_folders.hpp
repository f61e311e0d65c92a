#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <vector>

namespace nova {

/// An inbox whose folders are to be listed.
struct folder_listing {
  inbox_id inbox;
  grant_id grant;
  int64_t claimed_at = 0; // microseconds since 1970, by the database's clock
};

namespace pg {

/// Takes inboxes whose folders are due, for ten minutes.
struct claim_folders {
  static constexpr const char* name = "claim_folders";

  uint32_t limit = 0;

  std::vector<folder_listing> run(connection& conn) const;
};

} // namespace pg
} // namespace nova
