#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Lists the newest backfill of a grant from its beginning: the provider has more to show than it
/// had. Answers false when there is none to list again.
struct discover_again {
  static constexpr const char* name = "discover_again";

  grant_id grant;
  std::string who, why;

  bool run(connection& conn) const;
};

} // namespace nova::pg
