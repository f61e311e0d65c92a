#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

namespace nova {

/// There may be parked notifications whose turn has come.
struct look_for_parked {};

/// Hands parked notifications to their handlers when their grant's turn has come.
using parked_notifications_actor = caf::typed_actor<caf::reacts_to<look_for_parked>>;

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::look_for_parked)
