#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// Sends notifications to their queue again; pending ones are left alone. Answers with those that
/// were sent.
struct retry_notifications {
  static constexpr const char* name = "retry_notifications";

  std::vector<notification_id> ids;

  std::vector<notification_id> run(connection& conn) const;
};

} // namespace nova::pg
