#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Answers how many messages were removed.
struct queue_purge {
  static constexpr const char* name = "queue_purge";

  std::string queue;

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
