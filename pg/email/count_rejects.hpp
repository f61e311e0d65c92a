#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct reject_count {
  inbox_id inbox;
  std::string email, kind;
  uint64_t count = 0;
  std::string reason; // of the newest
};

/// How much cannot be read, by inbox and kind.
struct count_rejects {
  static constexpr const char* name = "count_rejects";

  std::vector<reject_count> run(connection& conn) const;
};

} // namespace nova::pg
