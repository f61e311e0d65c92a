#pragma once

#include "pg/connection.hpp"

#include <chrono>

namespace nova::pg {

/// Ends statements that come after it in the transaction that is open when they take longer
/// (SQLSTATE 57014).
struct limit_statements {
  static constexpr const char* name = "limit_statements";

  std::chrono::milliseconds limit{0};

  void run(connection& conn) const;
};

} // namespace nova::pg
