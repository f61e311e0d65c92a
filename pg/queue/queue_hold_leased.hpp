#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Keeps leased messages for so many seconds from now. Answers how many still carried that
/// `read_ct`.
struct queue_hold_leased {
  static constexpr const char* name = "queue_hold_leased";

  std::string queue;
  std::vector<int64_t> ids;
  std::vector<int32_t> read_cts; // read_cts[i]: of ids[i]
  int64_t seconds = 0;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
