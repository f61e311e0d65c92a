#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace nova::pg {

/// Archives conversations that were still for so long, the oldest first. Answers how many.
struct archive_conversations {
  static constexpr const char* name = "archive_conversations";

  std::string older; // an interval, a day at least
  int32_t limit = 1000;

  int64_t run(connection& conn) const;
};

} // namespace nova::pg
