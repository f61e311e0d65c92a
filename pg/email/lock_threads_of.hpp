#pragma once

#include "pg/connection.hpp"

#include <string_view>
#include <vector>

namespace nova::pg {

/// Locks the threads that messages are in and those that they are said to be in, in one order. Who
/// writes messages by more than one statement does this first in its transaction.
struct lock_threads_of {
  static constexpr const char* name = "lock_threads_of";

  std::vector<std::string_view> inbox_ids;   // uuid
  std::vector<std::string_view> message_ids; // message_ids[i]: in inbox_ids[i]
  std::vector<std::string_view> thread_ids;  // empty when none is named

  void run(connection& conn) const;
};

} // namespace nova::pg
