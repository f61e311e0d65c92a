#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Forgets bytes that no attachment names any more; looks at 100,000 contents, and goes on there
/// the next time. Answers how many. For a maintenance task.
struct sweep_attachment_contents {
  static constexpr const char* name = "sweep_attachment_contents";

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
