#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// A sign of life of who sweeps: keeps the cursor and the claim. Answers whether it has the sweep
/// still.
struct keep_sweep {
  static constexpr const char* name = "keep_sweep";

  inbox_id inbox;
  int64_t token = 0;
  std::string cursor; // of the next page

  bool run(connection& conn) const;
};

} // namespace nova::pg
