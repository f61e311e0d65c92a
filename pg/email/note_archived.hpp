#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// These messages are gone from the queue of the Node service.
struct note_archived {
  static constexpr const char* name = "note_archived";

  std::string queue;
  std::vector<int64_t> ids;

  void run(connection& conn) const;
};

} // namespace nova::pg
