#pragma once

#include "mail/attachments.hpp"
#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// Has the database read stored bytes of an inbox's attachments and compute their sha256 again:
/// each content once, some at a time. Empty: there are no more.
struct check_attachments {
  static constexpr const char* name = "check_attachments";

  inbox_id inbox;
  std::string after; // the last sha256 of those before, raw; empty: from the beginning

  std::vector<checked_content> run(connection& conn) const;
};

} // namespace nova::pg
