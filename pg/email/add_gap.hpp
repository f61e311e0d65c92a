#pragma once

#include "mail/windows.hpp"
#include "pg/connection.hpp"

namespace nova::pg {

/// Notes a gap beside what goes on.
struct add_gap {
  static constexpr const char* name = "add_gap";

  config_id config;
  backfill_gap gap;

  void run(connection& conn) const;
};

} // namespace nova::pg
