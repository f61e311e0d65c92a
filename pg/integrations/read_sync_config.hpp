#pragma once

#include "pg/connection.hpp"
#include "pg/integrations/read_sync_run.hpp"

#include <optional>
#include <string>

namespace nova::pg {

/// Reads what a run of a configuration would do, without a run; nothing: there is none.
struct read_sync_config {
  static constexpr const char* name = "read_sync_config";

  std::string config;

  std::optional<sync_task> run(connection& conn) const;
};

} // namespace nova::pg
