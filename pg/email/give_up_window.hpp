#pragma once

#include "mail/windows.hpp"
#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Ends a window that cannot be listed to its end; its range becomes a gap of that kind.
struct give_up_window {
  static constexpr const char* name = "give_up_window";

  config_id config;
  backfill_window window;
  std::string kind; // see `backfill_gap`
  std::string reason;

  void run(connection& conn) const;
};

} // namespace nova::pg
