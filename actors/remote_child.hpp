#pragma once

#include "actors/observed_actor.hpp"
#include "messages/peer_links.hpp"
#include "messages/timer.hpp"

#include <caf/actor_addr.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace nova {

/// Stands for a child on another node, as a child of a supervisor here. Ends when the child does
/// and for the same reason; when the node is lost, with ec::node_lost, which is no child's fault.
/// Its own end, in whatever way, ends the child.
using remote_child_actor = untold_actor;

/// All that a `remote_child` is given.
struct remote_child_setup {
  directory_slot slot;
  std::string kind;
  std::string key;
  std::string arguments; // JSON
  /// Greater than that of every earlier attempt, also of an earlier leader: its fencing token comes
  /// first, the number of restarts behind it.
  uint64_t generation = 1;
  /// The node to try, none of those that refused; nothing: none fits now.
  std::function<std::optional<peer>(const std::set<int64_t>& refused)> choose;
  std::chrono::milliseconds spawn_timeout{5000};
  /// Between two looks for a node.
  std::chrono::milliseconds look_interval{200};
  /// False: when no node takes it, it ends with ec::not_possible instead of looking again.
  bool patient = true;
};

/// What a `remote_child` keeps between two messages, and what it does with each:
///
///   looking ──▶ asked ──▶ runs ──▶ over
///      ▲──(refused)─┘
struct remote_child_state : observed {
  static inline const char* name = "remote_child";

  explicit remote_child_state(remote_child_actor::pointer self);

  void open(remote_child_setup with);
  void look();
  void down(const caf::actor_addr& who, const caf::error& reason);
  void close(const caf::error& reason);

  remote_child_actor::pointer self;
  remote_child_setup setup;
  std::set<int64_t> refused;
  std::optional<peer> host;
  caf::strong_actor_ptr child;
  std::optional<caf::error> closing;
  /// Ends that came before the answer that names the child.
  std::map<caf::actor_addr, caf::error> early;
  timer next_look{self};
  bool unexplained = false; // the child has ended; why is not known yet

private:
  void look_later();
  void ask();
  void begun(const child_here& answer);
  void not_begun(const caf::error& reason);
  void lost(const std::string& why);
};

/// See `remote_child_actor`. Event-based: it never waits.
remote_child_actor::behavior_type
remote_child(observed_pointer<remote_child_actor, remote_child_state> self,
             remote_child_setup setup);

} // namespace nova
