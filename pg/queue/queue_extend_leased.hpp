#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Makes leased messages visible again after so many seconds; 0 gives them back and wakes a reader.
/// Answers how many still carried that `read_ct`.
struct queue_extend_leased {
  static constexpr const char* name = "queue_extend_leased";

  std::string queue;
  std::vector<int64_t> ids;
  std::vector<int32_t> read_cts; // read_cts[i]: of ids[i]
  int64_t seconds = 0;

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
