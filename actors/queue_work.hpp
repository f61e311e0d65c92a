#pragma once

#include "mail/queue_message.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

/// What a `queue_reader` and those who do the work on its messages tell each other.
namespace nova {

/// retried: visible again later. archived: it failed for good and stays readable in the archive.
enum class message_disposition : uint8_t { removed, archived, retried };
std::string to_string(message_disposition);

/// Before a message is visible again after its n-th delivery failed: 2, 4, 8 … seconds, at most
/// five minutes.
constexpr uint32_t retry_delay_s(int32_t deliveries) {
  constexpr uint32_t first = 2;
  return std::min(first << std::clamp(deliveries - 1, 0, 8), 300u);
}

/// How the work on a queue message ended; the reader does with the message what it says.
struct work_ended {
  message_disposition disposition = message_disposition::removed;
  bool settled = false; // the worker has acknowledged it in its own transaction
  std::string reason;
};

/// What a `queue_reader` hands its messages to. An error makes it try again later, up to its bound.
using queue_work_actor = caf::typed_actor<caf::replies_to<queue_message>::with<work_ended>>;

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::queue_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::work_ended)
