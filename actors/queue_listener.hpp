#pragma once

#include "actors/directory.hpp"
#include "actors/wakeups.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <string>
#include <vector>

namespace nova {

/// Hears that queues have something or that there are threads to claim, and passes it on. Detached:
/// owns a connection of its own that blocks in LISTEN. A lost connection is made again with
/// backoff; meanwhile, and behind a pooler where LISTEN does not work, the readers' polls find the
/// work. `seed`: of the jitter; 0 takes a random one.
caf::actor spawn_queue_listener(caf::actor_system& system, directory_slot slot, std::string url,
                                std::vector<std::string> queues, wakeups_actor wakeups,
                                uint64_t seed = 0);

} // namespace nova
