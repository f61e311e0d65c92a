#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// What was noted and is perhaps in the queue of the Node service still: a take was interrupted.
struct taken_unarchived {
  static constexpr const char* name = "taken_unarchived";

  std::string queue;

  std::vector<int64_t> run(connection& conn) const;
};

} // namespace nova::pg
