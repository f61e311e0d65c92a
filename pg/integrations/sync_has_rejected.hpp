#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Whether records of a configuration are noted as refused.
struct sync_has_rejected {
  static constexpr const char* name = "sync_has_rejected";

  std::string config;

  bool run(connection& conn) const;
};

} // namespace nova::pg
