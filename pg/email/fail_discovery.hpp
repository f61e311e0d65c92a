#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// A failed attempt at discovery; the third makes the backfill `failed`. Answers whether this was
/// it. The checkpoint stays.
struct fail_discovery {
  static constexpr const char* name = "fail_discovery";

  config_id config;
  std::string reason;
  int64_t token = 0; // see `begin_discovery`

  bool run(connection& conn) const;
};

} // namespace nova::pg
