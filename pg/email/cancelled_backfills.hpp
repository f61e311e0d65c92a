#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// Which of them somebody has cancelled.
struct cancelled_backfills {
  static constexpr const char* name = "cancelled_backfills";

  std::vector<config_id> configs;

  std::vector<config_id> run(connection& conn) const;
};

} // namespace nova::pg
