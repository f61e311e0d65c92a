#pragma once

#include "pg/connection.hpp"
#include "pg/integrations/sync_claim.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Starts a run of a configuration. `failure::refused` with SQLSTATE NV033: there is none, NV034:
/// it is switched off, NV035: it is being synced.
struct start_sync {
  static constexpr const char* name = "start_sync";

  std::string config;
  sync_worker worker;
  std::string triggered_by = "manual";
  int32_t max_retries = 3;

  sync_claim run(connection& conn) const;
};

} // namespace nova::pg
