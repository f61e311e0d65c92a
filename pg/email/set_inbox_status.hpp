#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// `auth_expired` parks the inbox's work, `active` resumes it. Answers false when it had that
/// state, or no inbox has that grant.
struct set_inbox_status {
  static constexpr const char* name = "set_inbox_status";

  grant_id grant;
  std::string status; // see `inbox`
  std::string reason;

  bool run(connection& conn) const;
};

} // namespace nova::pg
