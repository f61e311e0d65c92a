#pragma once

#include "pg/connection.hpp"
#include "pg/integrations/sync_claim.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nova::pg {

/// Says what a run did. Answers `accepted`, `stale` (the token is not that of the claim; nothing
/// changed) or `gone`.
struct finish_sync {
  static constexpr const char* name = "finish_sync";

  sync_claim claim;
  std::string status; // succeeded, partial, failed or cancelled
  int64_t records_read = 0, records_written = 0, records_failed = 0;
  std::optional<std::string> error = {};

  std::string run(connection& conn) const;
};

} // namespace nova::pg
