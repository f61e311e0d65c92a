#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Whether the database has a function.
struct has_function {
  static constexpr const char* name = "has_function";

  std::string signature; // its name with the types of its arguments

  bool run(connection& conn) const;
};

} // namespace nova::pg
