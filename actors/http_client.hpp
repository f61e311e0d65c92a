#pragma once

#include "actors/directory.hpp"
#include "nylas/api.hpp"
#include "nylas/transport.hpp"

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>

namespace nova {

/// What the API said, or why it said nothing, and what that means. Judged once, by who called.
struct api_answered : nylas::api_response {
  nylas::verdict verdict = nylas::verdict::transient;
  /// Not fine, though another call for the same mailbox succeeded right after it: the fault is that
  /// of what was asked for. Only the door says so (`grants_actor`).
  bool alone = false;
  /// Wall clock in microseconds: the provider's state was read between the two.
  int64_t started_at = 0, answered_at = 0;
};

/// Talks HTTP; the only actor that blocks on the network.
using http_client_actor = caf::typed_actor<
  // Always answers, whatever the status; fails only with ec::overloaded or ec::stopped.
  caf::replies_to<nylas::api_request>::with<api_answered>>;

/// Behind a page of so many bytes the next one is asked for with half as many items.
constexpr size_t large_page = size_t{8} << 20;

/// Starts the one actor that blocks on the network. Detached: its thread runs curl, and each
/// message that arrives wakes it. It owns the API key; no message has it.
http_client_actor spawn_http_client(caf::actor_system& system, directory_slot slot,
                                    const nylas::api_settings& api,
                                    const nylas::transport_limits& limits);

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::nylas::api_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::api_answered)
