#pragma once

#include "actors/grant_calls.hpp"
#include "actors/observed_actor.hpp"
#include "messages/between_nodes.hpp"
#include "messages/peer_links.hpp"

#include <caf/actor_addr.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace nova {

/// Spawns a child for another node's supervisor, on the agent. May throw, which refuses the child.
using hosted_factory = std::function<caf::strong_actor_ptr(
  hosting_agent_actor::pointer self, const spawn_child_here& request, directory_slot slot)>;

/// All that a `node_agent` is given.
struct node_agent_setup {
  directory_slot slot;
  std::shared_ptr<actor_directory> directory; // may be null
  links_actor links;
  /// What peers may have started here. Only these kinds, with arguments that the factory checks.
  std::map<std::string, hosted_factory> hosted;
  /// False while this node takes nothing new; may be empty.
  std::function<bool()> open;
  /// Gives permits for the grants whose home is here; may be null.
  grant_home_actor home;
  /// May be null.
  inspector_actor inspector;
};

/// What a `node_agent` keeps between two messages, and what it does with each.
struct node_agent_state : observed {
  static inline const char* name = "node_agent";

  explicit node_agent_state(hosting_agent_actor::pointer self);

  struct hosted_child {
    uint64_t generation = 0;
    caf::strong_actor_ptr actor;
    caf::actor_addr supervisor;
    directory_slot slot;
  };

  using child_name = std::pair<std::string, std::string>; // kind and key

  void open(node_agent_setup with);
  caf::result<greeted> greets(const greet& request);
  caf::result<child_here> host(const spawn_child_here& request);
  void abandon(const kill_child_here& request);
  caf::result<permit_granted> permit(const ask_remote_permit& request);
  caf::result<node_inspected> look(const inspect_node& request);
  caf::result<order_answered> obey(const order_actor& request);
  void yield();
  void down(const caf::actor_addr& who, const caf::error& reason);

  hosting_agent_actor::pointer self;
  node_agent_setup setup;
  std::map<child_name, hosted_child> children;
  /// The last generation that was given up, of children that may still be asked for. Forgotten with
  /// the next generation; one a child that a supervisor ever gave up on.
  std::map<child_name, uint64_t> abandoned;

private:
  void watch(const caf::strong_actor_ptr& supervisor);
};

/// See `hosting_agent_actor`. Event-based: it never waits.
hosting_agent_actor::behavior_type
node_agent(observed_pointer<hosting_agent_actor, node_agent_state> self, node_agent_setup setup);

} // namespace nova
