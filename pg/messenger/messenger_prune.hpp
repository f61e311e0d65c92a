#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Removes what is kept no longer and moves what expired. Answers how many.
struct messenger_prune {
  static constexpr const char* name = "messenger_prune";

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
