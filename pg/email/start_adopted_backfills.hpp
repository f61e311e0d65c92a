#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// What is to be listed anew of an inbox.
struct adopted_backfill {
  std::string inbox, config, from; // a day
  int64_t messages = 0;            // adopted ones that it is to read
};

/// Starts a backfill for each inbox whose mail the Node service has not finished, or Nova has not
/// read.
struct start_adopted_backfills {
  static constexpr const char* name = "start_adopted_backfills";

  std::string who;

  std::vector<adopted_backfill> run(connection& conn) const;
};

} // namespace nova::pg
