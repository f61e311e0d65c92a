#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// How many keys the listing of a run has shown.
struct count_sync_seen {
  static constexpr const char* name = "count_sync_seen";

  std::string run_id;

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
