#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// A paused or failed backfill goes on where it stopped; its job is sent again when it was
/// discovering. Answers its new state. NV008 when it is neither.
struct resume_backfill {
  static constexpr const char* name = "resume_backfill";

  config_id config;
  std::string who, why;

  std::string run(connection& conn) const;
};

} // namespace nova::pg
