#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <string>

namespace nova::pg {

/// Calls a handler function as its role, inside the caller's transaction, which ends the job too.
/// Answers the JSON text that it returned; empty when that was NULL.
struct run_sql_handler {
  static constexpr const char* name = "run_sql_handler";

  std::string function, role;
  std::chrono::milliseconds timeout{0};
  std::string job; // JSON text

  std::string run(connection& conn) const;
};

} // namespace nova::pg
