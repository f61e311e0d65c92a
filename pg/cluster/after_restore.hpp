#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// What was done for a restored database, and to how many.
struct restore_step {
  std::string step;
  int64_t rows = 0;
};

/// Ends what was under way when the database was left, so that nodes can start. Only while none
/// runs; a second time does no harm.
struct after_restore {
  static constexpr const char* name = "after_restore";

  std::vector<restore_step> run(connection& conn) const;
};

} // namespace nova::pg
