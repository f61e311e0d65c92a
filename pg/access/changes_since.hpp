#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::pg {

/// One step of the feed: what changed, or `kind` `position` (nothing more) or `resync` (begin anew;
/// `op` says why). docs/feed.md.
struct mail_change {
  std::string kind, op;
  std::string inbox, key, id, thread, origin; // empty: none
  std::string position;                       // where to go on behind it
};

/// What changed since a position, in the order of the transactions, as `nova.changes_of`.
struct changes_since {
  static constexpr const char* name = "changes_since";

  std::optional<std::string> position; // nothing: from now on
  uint32_t limit = 1000;
  std::vector<std::string> inboxes;
  bool all = false; // inboxes, instead of those

  [[nodiscard]] std::vector<mail_change> run(connection& conn) const;
};

} // namespace nova::pg
