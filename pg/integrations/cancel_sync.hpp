#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Ends a run. Answers `cancelled` (it waited), `asked` (its worker ends it within seconds), or how
/// it had ended before. `failure::refused` with SQLSTATE NV030: no such run.
struct cancel_sync {
  static constexpr const char* name = "cancel_sync";

  std::string run_id;

  std::string run(connection& conn) const;
};

} // namespace nova::pg
