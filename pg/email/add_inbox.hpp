#pragma once

#include "mail/inboxes.hpp"
#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

struct added_inbox : inbox {
  grant_id former_grant; // which it had; empty when it is new or has that grant already
};

/// Connects a mailbox. An inbox of the address and provider that is not in use goes on with the
/// grant, its mail stays; with `replace` any of the address does, one that is active first. A grant
/// is of one mailbox: when it is known with another address nothing changes, and that inbox is the
/// answer.
struct add_inbox {
  static constexpr const char* name = "add_inbox";

  std::string email;
  grant_id grant;
  std::string provider;
  bool replace = false;

  added_inbox run(connection& conn) const;
};

} // namespace nova::pg
