#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// How many threads backfills wrote so far, all together.
struct count_written_threads {
  static constexpr const char* name = "count_written_threads";

  static int64_t run(connection& conn);
};

} // namespace nova::pg
