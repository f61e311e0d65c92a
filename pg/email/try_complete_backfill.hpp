#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

namespace nova::pg {

/// Completes a backfill if no row of it is unfinished: locks first, looks in a second statement.
/// Answers whether this completed it.
struct try_complete_backfill {
  static constexpr const char* name = "try_complete_backfill";

  config_id config;

  bool run(connection& conn) const;
};

} // namespace nova::pg
