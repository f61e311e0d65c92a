#pragma once

#include "mail/ids.hpp"

#include <cstdint>
#include <string>

namespace nova {

/// A notification whose signature was good, for the log and the queue.
struct incoming_notification {
  std::string id, type;
  grant_id grant;      // empty when the envelope has none
  std::string payload; // JSON text, at most 16 MiB
};

/// A notification that was read from its queue. `read_ct` fences its deletion.
struct notification_claim {
  notification_id id;
  int64_t queue_msg_id = 0;
  int32_t read_ct = 0;
  bool keep_in_queue = false; // TESTING_MODE
};

/// What the audit row of a notification says in the end. ignored: it was understood and there was
/// nothing to do. parked: it is pending still, until the provider was asked.
enum class notification_status : uint8_t { processed, ignored, error, parked };
std::string to_string(notification_status);

/// How the handling of a notification ended.
struct notification_outcome {
  notification_claim claim;
  notification_status status = notification_status::processed;
  std::string note; // why it was ignored or is in error
  int64_t duration_ms = 0;
};

/// A notification that waits for an answer of the provider.
struct parked_notification {
  notification_id id;
  grant_id grant;
  uint32_t tries = 0;      // that failed by its own fault
  std::string payload;     // JSON text
  int64_t received_at = 0; // microseconds since 1970
};

/// A parked notification is due again after that pause; why is shown meanwhile.
struct parked_delay {
  notification_id id;
  uint32_t delay_ms = 0;
  bool failed = false; // by its own fault: a try is used
  std::string reason;
};

/// What a node has in hand of one grant.
struct grant_share {
  grant_id grant;
  uint32_t held = 0;
};

} // namespace nova
