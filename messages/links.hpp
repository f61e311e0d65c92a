#pragma once

#include "messages/node_agent.hpp"
#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace nova {

/// Asks for the nodes that are linked now.
struct find_peers {};

template <class Inspector>
auto inspect(Inspector& f, find_peers&) {
  return f(caf::meta::type_name("find_peers"));
}

/// A node that can be asked. It is not this one.
struct peer {
  int64_t node = 0; // the incarnation
  std::string name;
  node_agent_actor agent;
};

template <class Inspector>
auto inspect(Inspector& f, peer& x) {
  return f(caf::meta::type_name("peer"), x.node, x.name, x.agent);
}

/// The links that are up, by incarnation. Who is a member but not here is not linked: lost, still
/// being connected, or of another protocol.
struct peers_found {
  std::vector<peer> peers;
};

template <class Inspector>
auto inspect(Inspector& f, peers_found& x) {
  return f(caf::meta::type_name("peers_found"), x.peers);
}

/// Asks to be sent `peers_found` now and at each change, until the watcher ends.
struct watch_peers {
  caf::strong_actor_ptr watcher; // a `peer_watcher_actor`
};

template <class Inspector>
auto inspect(Inspector& f, watch_peers& x) {
  return f(caf::meta::type_name("watch_peers"), x.watcher);
}

using peer_watcher_actor = caf::typed_actor<caf::reacts_to<peers_found>>;

/// What the others on a node may ask of its `links`.
using peers_actor = caf::typed_actor<
  // Answers at once.
  caf::replies_to<find_peers>::with<peers_found>, caf::reacts_to<watch_peers>>;

} // namespace nova
