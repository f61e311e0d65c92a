#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <utility>

namespace nova::pg {

/// What `start_adopted_backfills` would start now: inboxes, and messages that are to be read.
struct adopted_work {
  static constexpr const char* name = "adopted_work";

  std::pair<int64_t, int64_t> run(connection& conn) const;
};

} // namespace nova::pg
