#pragma once

#include "mail/queue_message.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace nova {

/// retried: visible again later. archived: it failed for good and stays readable in the archive.
enum class message_disposition : uint8_t { removed, archived, retried };
std::string to_string(message_disposition);

/// There may be something in that queue.
struct queue_woken {
  std::string queue;
};

/// Takes hints that a queue has something.
using queue_reader_actor = caf::typed_actor<caf::reacts_to<queue_woken>>;

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::queue_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::queue_woken)
