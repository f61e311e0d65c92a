#pragma once

#include "mail/ids.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace nova {

/// retried: visible again later. archived: it failed for good and stays readable in the archive.
enum class message_fate : uint8_t { removed, archived, retried };
std::string to_string(message_fate);

/// A message of a queue. `read_ct` fences what is done with it.
struct queue_message {
  int64_t id = 0;
  int32_t read_ct = 0;
  std::string body; // JSON text
  // Of a notification: its audit row.
  std::string notification;
  std::string payload;
  int64_t received_at = 0; // microseconds since 1970
  bool parked = false;     // it is in no queue any more, and its grant's turn has come
};

/// There may be something in that queue.
struct queue_woken {
  std::string queue;
};

/// Takes hints that a queue has something.
using queue_reader_actor = caf::typed_actor<caf::reacts_to<queue_woken>>;

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::queue_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::queue_woken)
