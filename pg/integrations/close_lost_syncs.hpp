#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Ends runs whose lease is over as failed, with a retry. Answers how many.
struct close_lost_syncs {
  static constexpr const char* name = "close_lost_syncs";

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
