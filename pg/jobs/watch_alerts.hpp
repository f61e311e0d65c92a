#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct alerts_watched {
  int64_t ended = 0;
  int64_t open_warning = 0, open_critical = 0; // of all alerts
};

/// Notes what a look at the findings has found, each at one place of the arrays. What earlier looks
/// found and this one did not is over, where it saw everything.
struct watch_alerts {
  static constexpr const char* name = "watch_alerts";

  std::vector<std::string> kinds = {}, keys = {};
  std::vector<std::string> severities = {}; // info, warning or critical
  std::vector<std::string> titles = {};
  std::vector<std::string> details = {}; // objects of JSON
  bool complete = true;

  alerts_watched run(connection& conn) const;
};

} // namespace nova::pg
