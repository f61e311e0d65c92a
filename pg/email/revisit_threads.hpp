#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Queues failed threads once more, a day after they failed and a week after that. Answers how
/// many.
struct revisit_threads {
  static constexpr const char* name = "revisit_threads";

  uint32_t limit = 0;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
