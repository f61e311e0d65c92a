#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Moves messages to the archive. Answers how many still carried that `read_ct`.
struct queue_archive_leased {
  static constexpr const char* name = "queue_archive_leased";

  std::string queue;
  std::vector<int64_t> ids;
  std::vector<int32_t> read_cts; // read_cts[i]: of ids[i]
  std::string reason = {};       // kept with the message, as header `nova_reason`, unless empty

  uint64_t run(connection& conn) const;
};

} // namespace nova::pg
