#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Removes messages. Answers how many still carried that `read_ct`: a stale reader removes nothing.
struct queue_delete_leased {
  static constexpr const char* name = "queue_delete_leased";

  std::string queue;
  std::vector<int64_t> ids;
  std::vector<int32_t> read_cts; // read_cts[i]: of ids[i]

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
