#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Moves messages to the archive, whoever holds their leases: for an operator. Answers with the ids
/// of those that were there.
struct queue_archive {
  static constexpr const char* name = "queue_archive";

  std::string queue;
  std::vector<int64_t> ids;

  std::vector<int64_t> run(connection& conn) const;
};

} // namespace nova::pg
