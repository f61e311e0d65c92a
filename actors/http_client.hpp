#pragma once

#include "actors/api_calls.hpp"
#include "actors/directory.hpp"
#include "nylas/transport.hpp"

#include <caf/actor_system.hpp>

namespace nova {

/// Starts the one actor that blocks on the network. Detached: its thread runs curl, and each
/// message that arrives wakes it. It owns the API key; no message has it.
http_client_actor spawn_http_client(caf::actor_system& system, base::directory_slot slot,
                                    const nylas::api_settings& api,
                                    const nylas::transport_limits& limits);

} // namespace nova
