#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// A notification as it came.
struct notification_payload {
  notification_id id;
  std::string payload;     // JSON text
  int64_t received_at = 0; // microseconds since 1970
};

/// In no order; what is not known is left out.
struct find_notification_payloads {
  static constexpr const char* name = "find_notification_payloads";

  std::vector<notification_id> ids;

  std::vector<notification_payload> run(connection& conn) const;
};

} // namespace nova::pg
