#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

struct compared_mail {
  uint64_t messages = 0; // of the provider, that could be read
  uint64_t threads = 0;  // of those that are stored
};

/// How much of the provider's list a comparison noted so far.
struct comparison_size {
  static constexpr const char* name = "comparison_size";

  int64_t comparison = 0;

  compared_mail run(connection& conn) const;
};

} // namespace nova::pg
