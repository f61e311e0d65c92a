#pragma once

#include "actors/directory.hpp"
#include "alerts/post_office.hpp"

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <atomic>
#include <memory>
#include <vector>

namespace nova::alerts {

/// Messages of one kind, mails or webhooks.
struct send_letters {
  bool are_mails = true;
  std::shared_ptr<const std::vector<pg::claimed_delivery>> letters;
};

/// What became of each, in their order.
struct letters_sent {
  std::vector<letter_outcome> outcomes;
};

/// Takes messages about alerts out of the house.
using courier_actor = caf::typed_actor<
  // Answers when each was sent, or was not: within `post_office_settings::batch_max` and the time
  // of one message.
  caf::replies_to<send_letters>::with<letters_sent>>;

/// Starts the actor. Detached: its thread blocks on the network and reads the files of secrets; no
/// message has a secret. `stop` is set by whoever ends it, else its end waits for a message.
courier_actor spawn_courier(caf::local_actor* parent, directory_slot slot,
                            post_office_settings settings,
                            std::shared_ptr<const base::secrets> secrets,
                            std::shared_ptr<const std::atomic<bool>> stop);

} // namespace nova::alerts

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::alerts::send_letters)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::alerts::letters_sent)
