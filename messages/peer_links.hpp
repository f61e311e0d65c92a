#pragma once

#include "messages/between_nodes.hpp"
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

/// A member of the cluster, as far as a link to it goes.
struct link_member {
  int64_t node = 0; // the incarnation
  int64_t epoch = 0;
  std::string name;
  std::string address; // host:port in digits; empty: it takes no links
  uint32_t protocol = 1, protocol_min = 1;
};

template <class Inspector>
auto inspect(Inspector& f, link_member& x) {
  return f(caf::meta::type_name("link_member"), x.node, x.epoch, x.name, x.address, x.protocol,
           x.protocol_min);
}

/// Who is in the cluster now, this node included.
struct link_members {
  std::vector<link_member> members;
  bool open = true; // this node takes work
};

template <class Inspector>
auto inspect(Inspector& f, link_members& x) {
  return f(caf::meta::type_name("link_members"), x.members, x.open);
}

/// A peer has proved itself; its socket waits in the inbox under this number.
struct link_ready {
  uint64_t number = 0;
};

template <class Inspector>
auto inspect(Inspector& f, link_ready& x) {
  return f(caf::meta::type_name("link_ready"), x.number);
}

/// A call to a peer came to nothing.
struct link_failed {
  int64_t node = 0;
  std::string reason;
  bool refused = false; // nobody listens at its address
};

template <class Inspector>
auto inspect(Inspector& f, link_failed& x) {
  return f(caf::meta::type_name("link_failed"), x.node, x.reason, x.refused);
}

/// What the others on a node may ask of its `links`.
using peers_actor = caf::typed_actor<
  // Answers at once.
  caf::replies_to<find_peers>::with<peers_found>>;

/// Keeps a link to every other member: the younger incarnation calls the older one, again and again
/// while both are members. What a lost link means is for the membership to say, which is told.
using links_actor = peers_actor::extend<
  // From the agent of a node that has just been linked. Fails with ec::stale_claim when no such
  // node has proved itself.
  caf::replies_to<greet>::with<greeted>,
  // Ends links to who is none any more, calls who is new.
  caf::reacts_to<link_members>, caf::reacts_to<link_ready>, caf::reacts_to<link_failed>>;

} // namespace nova
