#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

struct outage {
  std::string scope, subject, whose, error, since;
};

/// What cannot be called now.
struct list_outages {
  static constexpr const char* name = "list_outages";

  std::vector<outage> run(connection& conn) const;
};

} // namespace nova::pg
