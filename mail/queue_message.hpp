#pragma once

#include <cstdint>
#include <string>

namespace nova {

/// A message of a queue. `read_ct` fences what is done with it.
struct queue_message {
  int64_t id = 0;
  int32_t read_ct = 0;
  std::string body; // JSON text
  /// Microseconds since 1970, when it was sent; of a notification: when that came.
  int64_t received_at = 0;
  // Of a notification: its audit row.
  std::string notification = {};
  std::string payload = {};
  bool parked = false; // it is in no queue any longer, and its grant's turn has come
};

} // namespace nova
