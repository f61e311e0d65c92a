#pragma once

#include "mail/ids.hpp"
#include "mail/message.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// Keeps what could not be read or stored in flux_email_rejects, by inbox, kind and identity, and
/// counts how often it was seen.
struct record_rejects {
  static constexpr const char* name = "record_rejects";

  std::vector<inbox_id> inboxes; // inboxes[i]: of rejects[i]
  std::vector<email_reject> rejects;

  void run(connection& conn) const;
};

} // namespace nova::pg
