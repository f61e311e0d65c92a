#pragma once

#include "messages/between_nodes.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace nova {

/// Asks for the nodes that are linked now.
struct find_peers {};

/// A node that can be asked. It is not this one.
struct peer {
  int64_t node = 0; // the incarnation
  std::string name;
  node_agent_actor agent;
};

/// The links that are up, by incarnation. Who is a member but not here is not linked: lost, still
/// being connected, or of another protocol.
struct peers_found {
  std::vector<peer> peers;
};

/// A member of the cluster, as far as a link to it goes.
struct link_member {
  int64_t node = 0; // the incarnation
  int64_t epoch = 0;
  std::string name;
  std::string address; // host:port in digits; empty: it takes no links
  uint32_t protocol = 1, protocol_min = 1;
};

/// Who is in the cluster now, this node included.
struct link_members {
  std::vector<link_member> members;
  bool open = true; // this node takes work
};

/// A peer has proved itself; its socket waits in the inbox under this number.
struct link_ready {
  uint64_t number = 0;
};

/// A call to a peer came to nothing.
struct link_failed {
  int64_t node = 0;
  std::string reason;
  bool refused = false; // nobody listens at its address
};

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

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::find_peers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::peers_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::link_members)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::link_ready)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::link_failed)
