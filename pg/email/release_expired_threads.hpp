#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// Gives back claims that are older than `seconds`: their node is gone. Answers how many.
struct release_expired_threads {
  static constexpr const char* name = "release_expired_threads";

  int64_t seconds = 0;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
