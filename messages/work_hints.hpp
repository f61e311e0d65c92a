#pragma once

#include "messages/queue_messages.hpp"
#include "messages/work.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

#include <string>

namespace nova {

/// Hears that there may be threads to claim.
using threads_hint_actor = caf::typed_actor<caf::reacts_to<threads_available>>;

/// Hears that a backfill may be complete.
using completion_hint_actor = caf::typed_actor<caf::reacts_to<check_completion>>;

/// Hears that a queue has something.
using queue_hint_actor = caf::typed_actor<caf::reacts_to<queue_woken>>;

/// From now on hints of threads go to this one; an earlier one is forgotten.
struct threads_hint_wanted {
  threads_hint_actor by;
};

/// From now on hints of completion go to this one.
struct completion_hint_wanted {
  completion_hint_actor by;
};

/// From now on hints of that queue go to this one.
struct queue_hint_wanted {
  std::string queue;
  queue_hint_actor by;
};

/// What a backfill tells about its threads: that there are new ones, or no more.
using discovery_hint_actor =
  caf::typed_actor<caf::reacts_to<threads_available>, caf::reacts_to<check_completion>>;

/// Passes hints between the roles of a node, so that none holds a handle of another: each role is
/// restarted by itself. A hint that nobody wants is dropped; who wants one looks by itself anyway.
/// That of completion goes to the other nodes then.
using hints_actor =
  caf::typed_actor<caf::reacts_to<threads_available>, caf::reacts_to<check_completion>,
                   caf::reacts_to<completion_announced>, caf::reacts_to<queue_woken>,
                   caf::reacts_to<threads_hint_wanted>, caf::reacts_to<completion_hint_wanted>,
                   caf::reacts_to<queue_hint_wanted>>;

} // namespace nova

// They stay within their process.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::threads_hint_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::completion_hint_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::queue_hint_wanted)
