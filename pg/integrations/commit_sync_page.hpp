#pragma once

#include "pg/connection.hpp"
#include "pg/integrations/sync_claim.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nova::pg {

/// Counts a page and moves watermark, checkpoint and state; belongs into the transaction that
/// writes its rows. Answers `accepted`, or `cancelled` or `stale`: then all of it is to be rolled
/// back.
struct commit_sync_page {
  static constexpr const char* name = "commit_sync_page";

  sync_claim claim;
  int64_t read = 0, inserted = 0, updated = 0, deleted = 0, skipped = 0, failed = 0, bytes = 0;
  std::optional<std::string> watermark = {};
  std::optional<std::string> checkpoint = {}, state = {}; // JSON; the state is merged into the old

  std::string run(connection& conn) const;
};

} // namespace nova::pg
