#pragma once

#include "mail/notifications.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

namespace nova {

/// It is durable. `duplicate`: it was before, and nothing was done.
struct notification_stored {
  bool duplicate = false;
};

/// Makes notifications durable, many in one transaction; the ingress answers 200 only after that.
using notification_store_actor = caf::typed_actor<
  // Fails with ec::database_unavailable or ec::overloaded, then nothing is written; with
  // ec::database_refused when the database does not take this notification; with
  // ec::database_in_doubt when it may be written. Asking again is safe always.
  caf::replies_to<incoming_notification>::with<notification_stored>>;

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::incoming_notification)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::notification_stored)
