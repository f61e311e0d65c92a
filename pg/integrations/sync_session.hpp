#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// For the rest of the transaction: what is read and written as text means one thing, and
/// `current_setting('nova.NAME')` is a value of ours.
struct sync_session {
  static constexpr const char* name = "sync_session";

  std::vector<std::string> names = {}, values = {};

  void run(connection& conn) const;
};

} // namespace nova::pg
