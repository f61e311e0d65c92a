#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct sync_config {
  std::string id, integration, provider, stream;
  bool active = false;
  std::string mode, incremental_key, watermark;
  std::string schedule; // empty: it runs when somebody asks
  int64_t due = 0;      // seconds since 1970
  std::string state;    // paused, running, waiting or idle
  std::string last_status, last_error;
  int32_t failures = 0; // in a row
  std::string disabled_reason, settings;
};

/// Configurations by their names: all, one (its id, or `integration/stream`), or those of an
/// integration.
struct list_sync_configs {
  static constexpr const char* name = "list_sync_configs";

  std::string which = {}; // empty: all

  std::vector<sync_config> run(connection& conn) const;
};

} // namespace nova::pg
