#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Takes back claims that ran out and those of dead workers. Answers how many messages.
struct messenger_rescue {
  static constexpr const char* name = "messenger_rescue";

  std::vector<std::string> dead_workers = {};

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
