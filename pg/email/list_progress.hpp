#pragma once

#include "mail/windows.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// How far backfills are: all that run and the twenty newest others when `config` is empty.
struct list_progress {
  static constexpr const char* name = "list_progress";

  config_id config = {};

  std::vector<backfill_progress> run(connection& conn) const;
};

} // namespace nova::pg
