#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// A notification as it came, from its audit row.
struct notification_row {
  std::string id;
  std::string payload;     // JSON text
  int64_t received_at = 0; // microseconds since 1970
};

/// Those of `ids` that are there, in no order.
std::vector<notification_row> find_notifications(connection& conn,
                                                 const std::vector<std::string>& ids);

} // namespace nova::pg
