#pragma once

#include "mail/backfill_work.hpp"
#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <optional>
#include <string>
#include <vector>

namespace nova::pg {

/// What a look at a running backfill finds.
struct backfill_look {
  backfill_work work;
  bool running = false;      // it is worked on; else `binds` has what it waits for
  std::string binds;         // see public.backfill_estimates
  std::vector<double> trace; // as `work_trace` keeps it
};

/// What is done of a backfill and what is left, and what was known of its rate; nothing when it
/// does not run.
struct backfill_work_of {
  static constexpr const char* name = "backfill_work_of";

  config_id config;

  std::optional<backfill_look> run(connection& conn) const;
};

} // namespace nova::pg
