#pragma once

#include "mail/outages.hpp"
#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// It can be called again. All rows of a node go, whosever fault it was.
struct end_outage {
  static constexpr const char* name = "end_outage";

  outage_scope scope = outage_scope::grant;
  std::string subject; // the grant, or the node

  void run(connection& conn) const;
};

} // namespace nova::pg
