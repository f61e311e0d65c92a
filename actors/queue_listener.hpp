#pragma once

#include "messages/hints.hpp"

#include <caf/actor_system.hpp>

#include <string>
#include <vector>

namespace nova {

/// Time to wait for notices. The listener sends this to itself.
struct await_notices {};

template <class Inspector>
auto inspect(Inspector& f, await_notices&) {
  return f(caf::meta::type_name("await_notices"));
}

/// Hears that queues have something or that there are threads to claim, and passes it on.
using queue_listener_actor = caf::typed_actor<caf::reacts_to<await_notices>>;

/// Detached: owns a connection of its own that blocks in LISTEN. A lost connection is made again
/// with backoff; meanwhile, and behind a pooler where LISTEN does not work, the readers' polls find
/// the work.
queue_listener_actor spawn_queue_listener(caf::actor_system& system, const std::string& url,
                                          std::vector<std::string> queues, hints_actor hints);

} // namespace nova
