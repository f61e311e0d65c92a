#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Everything that was received until then is in the database.
struct finish_sweep {
  static constexpr const char* name = "finish_sweep";

  inbox_id inbox;
  int64_t verified_until = 0; // seconds

  void run(connection& conn) const;
};

} // namespace nova::pg
