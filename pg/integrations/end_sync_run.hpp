#pragma once

#include "pg/connection.hpp"
#include "pg/integrations/sync_claim.hpp"

#include <optional>
#include <string>

namespace nova::pg {

/// Ends a run with the counts of its pages. Answers `accepted`, `stale` (the claim is over; nothing
/// changed) or `gone`.
struct end_sync_run {
  static constexpr const char* name = "end_sync_run";

  sync_claim claim;
  std::string status; // succeeded, partial, failed or cancelled
  std::optional<std::string> error_class = {}, error = {};

  std::string run(connection& conn) const;
};

} // namespace nova::pg
