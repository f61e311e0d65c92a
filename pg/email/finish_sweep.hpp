#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Everything that was received until the sweep began was listed.
struct finish_sweep {
  static constexpr const char* name = "finish_sweep";

  inbox_id inbox;
  int64_t token = 0;

  void run(connection& conn) const;
};

} // namespace nova::pg
