#pragma once

#include "pg/adoption/read_source_queue.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Puts messages back into a queue of the Node service, under their ids. A second time changes
/// nothing.
struct return_source_messages {
  std::string queue;
  std::vector<source_message> messages;

  void run(connection& source) const;
};

/// Writes notifications where the Node service has its own: a row and a message for each, unless
/// there is a row of that notification.
struct give_source_notifications {
  /// Both JSON objects: columns with their values, and the message.
  struct notification {
    std::string columns, message;
  };

  std::string schema, table;
  std::string key; // the column of the notification's id
  std::string queue;
  std::vector<notification> notifications;

  /// How many were not there.
  int64_t run(connection& source) const;
};

} // namespace nova::pg
