#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Enters inboxes that are new, and backfills that were completed. Answers how many.
struct plan_certifications {
  static constexpr const char* name = "plan_certifications";

  uint32_t run(connection& conn) const;
};

} // namespace nova::pg
