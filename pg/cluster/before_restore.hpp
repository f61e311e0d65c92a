#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Makes a migrated, unused database ready for a restore of data alone, with these queues; answers
/// how many tables were emptied of what migrations put in. Refused when a table has rows.
struct before_restore {
  static constexpr const char* name = "before_restore";

  std::vector<std::string> queues;

  int32_t run(connection& conn) const;
};

} // namespace nova::pg
