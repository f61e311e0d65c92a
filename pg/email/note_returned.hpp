#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// These messages are in the queue of the Node service again.
struct note_returned {
  static constexpr const char* name = "note_returned";

  std::string queue;
  std::vector<int64_t> ids;

  void run(connection& conn) const;
};

} // namespace nova::pg
