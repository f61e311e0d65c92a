#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Writes the retry of a failed run and answers with its id; asked again, or by many at once, it is
/// the same one. `failure::refused` with SQLSTATE NV030: no such run, NV031: it did not fail,
/// NV032: no retry is left.
struct schedule_sync_retry {
  static constexpr const char* name = "schedule_sync_retry";

  std::string run_id;

  std::string run(connection& conn) const;
};

} // namespace nova::pg
