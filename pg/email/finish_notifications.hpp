#pragma once

#include "mail/notifications.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// Acknowledges: audit row and queue message in one statement. An `error` is archived, the rest
/// deleted.
struct finish_notifications {
  static constexpr const char* name = "finish_notifications";

  std::vector<notification_outcome> outcomes;

  void run(connection& conn) const;
};

} // namespace nova::pg
