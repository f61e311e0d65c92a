#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Parks what one grant has beyond `share` among the first `window` messages of the queue. Answers
/// how many.
struct park_floods {
  static constexpr const char* name = "park_floods";

  uint32_t share = 0;
  uint32_t window = 0;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
