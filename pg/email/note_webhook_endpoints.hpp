#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// An endpoint whose status is another than when Nylas was asked before.
struct endpoint_change {
  std::string id, url;
  std::string was; // empty: it is new
  std::string status;
};

/// All webhook endpoints of the application, as Nylas lists them. When one has changed, the last
/// thirty days of all inboxes are compared soon: what it did not get is lost.
struct note_webhook_endpoints {
  static constexpr const char* name = "note_webhook_endpoints";

  std::vector<std::string> ids, urls, statuses;

  std::vector<endpoint_change> run(connection& conn) const;
};

} // namespace nova::pg
