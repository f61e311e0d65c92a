#pragma once

#include "pg/connection.hpp"

namespace nova::pg {

/// For the rest of the transaction who only looks does not wait behind others for long.
struct look_briefly {
  static constexpr const char* name = "look_briefly";

  void run(connection& conn) const;
};

} // namespace nova::pg
