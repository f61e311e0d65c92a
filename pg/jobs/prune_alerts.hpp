#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Forgets alerts that are over for long. Answers how many rows.
struct prune_alerts {
  static constexpr const char* name = "prune_alerts";

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
