#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// One of them.
struct received_notification {
  std::string id, type, grant, payload; // payload: JSON
  std::string received_at;              // as SQL reads it
};

/// Notifications that came to Nova alone, after one, in the order of their ids.
struct notifications_to_give {
  static constexpr const char* name = "notifications_to_give";

  std::string after;
  uint32_t limit = 200;

  std::vector<received_notification> run(connection& conn) const;
};

} // namespace nova::pg
