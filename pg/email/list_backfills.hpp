#pragma once

#include "mail/windows.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// The backfill of that id, if there is one; those that run when the id is empty.
struct list_backfills {
  static constexpr const char* name = "list_backfills";

  config_id config = {};

  std::vector<backfill_config> run(connection& conn) const;
};

} // namespace nova::pg
