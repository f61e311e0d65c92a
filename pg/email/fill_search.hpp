#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Makes about `limit` messages that changed searchable (flux_email_search), behind the sync path.
/// Answers how many; 0 when there is nothing to do or another node does it. For a maintenance task.
struct fill_search {
  static constexpr const char* name = "fill_search";

  uint32_t limit = 0;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
