#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// The lesser of two watermarks of a type.
struct sync_least {
  static constexpr const char* name = "sync_least";

  std::string type, one, other;

  std::string run(connection& conn) const;
};

} // namespace nova::pg
