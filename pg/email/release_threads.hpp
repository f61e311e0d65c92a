#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Gives back what a node held (its start or end, a crash): queued again, no attempt counted. All
/// nodes' claims when `node` is empty. Answers how many.
struct release_threads {
  static constexpr const char* name = "release_threads";

  std::string node;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
