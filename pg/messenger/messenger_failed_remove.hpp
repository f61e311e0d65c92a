#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// Answers with the ids of those that were there.
struct messenger_failed_remove {
  static constexpr const char* name = "messenger_failed_remove";

  std::vector<std::string> ids;

  std::vector<std::string> run(connection& conn) const;
};

} // namespace nova::pg
