#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Whether there is a queue of that name.
struct queue_exists {
  static constexpr const char* name = "queue_exists";

  std::string queue;

  bool run(connection& conn) const;
};

} // namespace nova::pg
