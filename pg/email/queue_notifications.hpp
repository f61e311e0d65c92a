#pragma once

#include "mail/notifications.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// Writes notifications to the log and the queue. Answers for each, in order, whether it was new:
/// the same id again has no effect.
struct queue_notifications {
  static constexpr const char* name = "queue_notifications";

  std::vector<incoming_notification> notifications;

  std::vector<bool> run(connection& conn) const;
};

} // namespace nova::pg
