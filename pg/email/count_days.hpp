#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace nova::pg {

/// How many days of inboxes have a certificate of each state.
struct count_days {
  static constexpr const char* name = "count_days";

  std::map<std::string, uint64_t> run(connection& conn) const;
};

} // namespace nova::pg
