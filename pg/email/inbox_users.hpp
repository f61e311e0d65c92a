#pragma once

#include "pg/connection.hpp"

#include <map>
#include <string>

namespace nova::pg {

/// Whose each inbox is, by its id, where somebody said so. Nova itself does not look at it.
struct inbox_users {
  static constexpr const char* name = "inbox_users";

  std::map<std::string, std::string> run(connection& conn) const;
};

} // namespace nova::pg
