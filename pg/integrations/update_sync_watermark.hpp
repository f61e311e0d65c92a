#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Belongs into the transaction that commits the data. Answers `advanced`, `unchanged` or `behind`:
/// it only moves forward. `failure::refused` with SQLSTATE NV033: no such configuration.
struct update_sync_watermark {
  static constexpr const char* name = "update_sync_watermark";

  std::string config, watermark;

  std::string run(connection& conn) const;
};

} // namespace nova::pg
