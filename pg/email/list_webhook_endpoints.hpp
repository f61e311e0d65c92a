#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

struct webhook_endpoint_row {
  std::string id, url, status;
  std::string since, seen_at; // UTC
};

/// Where Nylas sends the application's notifications, as it said last; those that are not active
/// first.
struct list_webhook_endpoints {
  static constexpr const char* name = "list_webhook_endpoints";

  std::vector<webhook_endpoint_row> run(connection& conn) const;
};

} // namespace nova::pg
