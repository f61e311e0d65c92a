#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Archives messages in a queue of the Node service. Answers how many were in it.
struct archive_source_messages {
  static constexpr const char* name = "archive_source_messages";

  std::string queue;
  std::vector<int64_t> ids;

  int64_t run(connection& source) const;
};

} // namespace nova::pg
