#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Forgets the refused records of earlier runs of a configuration.
struct forget_sync_rejected {
  static constexpr const char* name = "forget_sync_rejected";

  std::string config, run_id;

  void run(connection& conn) const;
};

} // namespace nova::pg
