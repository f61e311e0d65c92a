#pragma once

#include "pg/connection.hpp"

#include <optional>
#include <string>

namespace nova::pg {

/// Adds a stream, and its integration where that is not there yet; answers the configuration's id.
/// `failure::refused` with SQLSTATE 23505: the integration has that stream.
struct add_sync_config {
  static constexpr const char* name = "add_sync_config";

  std::string integration;
  std::optional<std::string> provider;
  std::string integration_settings = "{}"; // JSON
  std::optional<std::string> secret_name;
  std::string stream;

  std::string run(connection& conn) const;
};

} // namespace nova::pg
