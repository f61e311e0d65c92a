#pragma once

#include "mail/ids.hpp"
#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace nova {

/// retried: visible again later. archived: it failed for good and stays readable in the archive.
enum class message_fate : uint8_t { removed, archived, retried };
std::string to_string(message_fate);

/// Reads from a queue; what is read is hidden for the visibility time.
struct read_queue {
  std::string queue;
  uint32_t visibility_s = 300;
  uint32_t limit = 10;
  int64_t reader = 0; // the epoch of the node; 0: alone
  /// An earlier read may have hidden messages of which nobody knows: all but those that are held
  /// are made visible first.
  bool doubtful = false;
  std::vector<int64_t> held;
};

template <class Inspector>
auto inspect(Inspector& f, read_queue& x) {
  return f(caf::meta::type_name("read_queue"), x.queue, x.visibility_s, x.limit, x.reader,
           x.doubtful, x.held);
}

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

template <class Inspector>
auto inspect(Inspector& f, queue_message& x) {
  return f(caf::meta::type_name("queue_message"), x.id, x.read_ct, x.body, x.notification,
           x.payload, x.received_at, x.parked);
}

/// In the order of the queue.
struct queue_read {
  std::vector<queue_message> messages;
};

template <class Inspector>
auto inspect(Inspector& f, queue_read& x) {
  return f(caf::meta::type_name("queue_read"), x.messages);
}

/// What happens to a message that was read.
struct settle_message {
  std::string queue;
  int64_t id = 0;
  int32_t read_ct = 0;
  message_fate fate = message_fate::removed;
  uint32_t delay_s = 0; // before a retried one is visible again
  std::string reason;   // why it was archived
};

template <class Inspector>
auto inspect(Inspector& f, settle_message& x) {
  return f(caf::meta::type_name("settle_message"), x.queue, x.id, x.read_ct, x.fate, x.delay_s,
           x.reason);
}

/// False when another reader has it by now.
struct message_settled {
  bool accepted = true;
};

template <class Inspector>
auto inspect(Inspector& f, message_settled& x) {
  return f(caf::meta::type_name("message_settled"), x.accepted);
}

/// There may be something in that queue.
struct queue_woken {
  std::string queue;
};

template <class Inspector>
auto inspect(Inspector& f, queue_woken& x) {
  return f(caf::meta::type_name("queue_woken"), x.queue);
}

/// Time to look whether a hint got lost. A reader sends this to itself.
struct poll_queue {
  uint64_t generation = 0;
};

template <class Inspector>
auto inspect(Inspector& f, poll_queue& x) {
  return f(caf::meta::type_name("poll_queue"), x.generation);
}

/// What queue readers need of the database.
using queue_database_actor =
  caf::typed_actor<caf::replies_to<read_queue>::with<queue_read>,
                   caf::replies_to<settle_message>::with<message_settled>>;

/// Takes hints that a queue has something.
using queue_reader_actor =
  caf::typed_actor<caf::reacts_to<queue_woken>, caf::reacts_to<poll_queue>>;

} // namespace nova
