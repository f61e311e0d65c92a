#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Takes a window for `node`, which lists it; what an earlier claim still writes is refused.
/// Answers the claim's token; 0 when the window is listed. NV008 not discovering, NV009 the lease
/// was lost.
struct claim_window {
  static constexpr const char* name = "claim_window";

  config_id config;
  int64_t window = 0;
  int64_t token = 0; // of the lease; see `begin_discovery`
  std::string node;

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
