#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Notes why a row of the Node service could not be copied.
struct reject_adopted {
  static constexpr const char* name = "reject_adopted";

  std::string table, id, digest, reason;

  void run(connection& conn) const;
};

} // namespace nova::pg
