#pragma once

#include "actors/lease_board.hpp"
#include "actors/observed_actor.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <string>

namespace nova {

/// All that a `singleton` is given.
struct singleton_setup {
  std::string lease;
  std::shared_ptr<lease_board> board;
  std::shared_ptr<actor_directory> directory; // where the child is entered
  std::string kind;                           // of the child
  /// Spawns the child on the singleton, which monitors it; the token fences its effects.
  std::function<caf::strong_actor_ptr(lease_listener_actor::pointer self, int64_t token,
                                      directory_slot slot)>
    start;
};

/// Runs one child while this node holds a lease:
///
///   waiting ─(lease_changed, a token)─▶ running ─(another token, or 0)─▶ ending ─(down)─▶ waiting
///                                          └─(the child ended by itself)─▶ ends with its reason
///
/// so that at most one such child works in the cluster; what a second one might do in between is
/// refused for its token.
struct singleton_state : observed {
  static inline const char* name = "singleton";

  explicit singleton_state(lease_listener_actor::pointer self) : observed(self), self(self) {}

  void open(singleton_setup with);
  void follow(const lease_changed& news);
  void down(const caf::error& reason);
  void stop(const caf::error& reason);

  lease_listener_actor::pointer self;
  singleton_setup setup;
  int64_t token = 0; // that the child should run under; 0: it should not run
  int64_t running_under = 0;
  caf::strong_actor_ptr child;
  bool told_to_end = false;
  bool closing = false;

private:
  void start();
  void end_child();
};

/// Event-based. Its end gives the lease back and takes the child along.
lease_listener_actor::behavior_type
singleton(observed_pointer<lease_listener_actor, singleton_state> self, directory_slot slot,
          singleton_setup setup);

} // namespace nova
