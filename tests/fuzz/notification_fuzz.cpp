// Bodies of webhook notifications: both readers agree on what is one, and what they give can be
// stored.

#include "nylas/notification.hpp"
#include "tests/fuzz/storable.hpp"

using namespace nova;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string body{reinterpret_cast<const char*>(data), size};
  auto envelope = nylas::parse_envelope(body);
  if (envelope)
    fuzz::require_storable(envelope->payload);
  auto notification = nylas::parse_notification(body);
  if (!notification)
    return 0;
  fuzz::require(envelope.has_value(), "a notification has an envelope");
  fuzz::require(envelope->id == notification->id && envelope->grant.value == notification->grant_id,
                "both readers agree");
  fuzz::require(!notification->partial || notification->message.id.value.empty(),
                "a partial payload gives no message");
  fuzz::require_storable(notification->id + notification->type + notification->grant_id
                         + notification->object_id);
  if (!notification->message.id.value.empty())
    fuzz::require_storable(notification->message);
  return 0;
}
