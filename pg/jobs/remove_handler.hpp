#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Takes back what `assign_handler` set; false when there was none.
struct remove_handler {
  static constexpr const char* name = "remove_handler";

  std::string type, transport, queue; // empty: none

  bool run(connection& conn) const;
};

} // namespace nova::pg
