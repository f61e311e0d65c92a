#pragma once

#include "mail/inboxes.hpp"
#include "pg/connection.hpp"

#include <optional>
#include <string>
#include <vector>

namespace nova::pg {

/// All inboxes, or the one of our id, a grant's id or an address, if there is one.
struct list_inboxes {
  static constexpr const char* name = "list_inboxes";

  std::optional<std::string> key = {};

  std::vector<inbox> run(connection& conn) const;
};

} // namespace nova::pg
