#pragma once

#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

/// For a node that begins to fetch attachments: gives back what its incarnation had claimed, and
/// makes due what the setting allows now, or too large what it does not; some thousand at a time.
/// Answers how many it changed; 0: all is as it should be.
struct fit_attachments {
  static constexpr const char* name = "fit_attachments";

  uint64_t bytes_max = 0;
  int64_t node = 0; // its epoch; 0: alone

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
