#pragma once

#include "pg/connection.hpp"

#include <map>
#include <string>

namespace nova::pg {

/// What live settings hold now, by key; takes back what is due.
struct live_settings {
  static constexpr const char* name = "live_settings";

  std::map<std::string, std::string> run(connection& conn) const;
};

} // namespace nova::pg
