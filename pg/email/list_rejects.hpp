#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Something of the provider that could not be read or stored.
struct listed_reject {
  inbox_id inbox;
  std::string email, kind, provider_id, reason;
  uint64_t times_seen = 0;
  int64_t last_seen_at = 0; // seconds since 1970
  bool kept = false;        // whole, to be read again
};

/// The newest first.
struct list_rejects {
  static constexpr const char* name = "list_rejects";

  inbox_id inbox; // empty: of all inboxes
  uint32_t limit = 0;

  std::vector<listed_reject> run(connection& conn) const;
};

} // namespace nova::pg
