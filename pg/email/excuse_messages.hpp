#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// Messages that the provider named as a thread's and does not have.
struct excuse_messages {
  static constexpr const char* name = "excuse_messages";

  config_id config;
  thread_id thread;
  std::vector<message_id> messages;
  std::vector<std::string> reasons; // reasons[i]: of messages[i]

  void run(connection& conn) const;
};

} // namespace nova::pg
