#pragma once

#include <caf/actor_system_config.hpp>

#include <chrono>

namespace nova::cluster {

/// How CAF watches a link: a frozen peer is noticed after `timeout`, give or take `interval`. The
/// same on all nodes.
struct link_heartbeat {
  std::chrono::milliseconds interval{250};
  std::chrono::milliseconds timeout{1500};
};

/// Makes the actor system able to talk to others over sockets that it is given; it opens none
/// itself. Before the system is made.
///
/// Its node id is random: CAF's own is made of network card, disk and process number, which repeat
/// in containers, and then a peer is taken for oneself or a new process for the one that is gone.
void load_link_module(caf::actor_system_config& config, link_heartbeat heartbeat = {});

} // namespace nova::cluster
