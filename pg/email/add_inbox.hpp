#pragma once

#include "mail/inboxes.hpp"
#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Connects a mailbox. A grant is of one: when it is known with another address nothing changes,
/// and that inbox is the answer.
struct add_inbox {
  static constexpr const char* name = "add_inbox";

  std::string email;
  grant_id grant;
  std::string provider;

  inbox run(connection& conn) const;
};

} // namespace nova::pg
