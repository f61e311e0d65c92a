#include "actors/singleton.hpp"

#include <caf/actor_cast.hpp>
#include <caf/default_attachable.hpp>
#include <caf/exit_reason.hpp>
#include <caf/stateful_actor.hpp>

#include <utility>

namespace nova {

void singleton_state::open(singleton_setup with) {
  setup = std::move(with);
  doing("waits for the lease " + setup.lease);
  setup.board->want(setup.lease, self);
}

void singleton_state::follow(const lease_changed& news) {
  token = news.token;
  if (!child)
    start();
  else if (token != running_under)
    end_child();
}

void singleton_state::start() {
  if (token == 0) {
    doing("waits for the lease " + setup.lease);
    return;
  }
  running_under = token;
  told_to_end = false;
  child = setup.start(self, token, open_child(setup.directory, setup.kind, ""));
  self->monitor(caf::actor_cast<caf::actor>(child));
  // Half of a link, as a supervisor has it: the child ends with its singleton, not the other way.
  self->attach(caf::default_attachable::make_link(self->address(), child->address()));
  doing("holds the lease " + setup.lease + " under token " + std::to_string(token));
}

void singleton_state::end_child() {
  // Killed, not asked: another may be working already.
  if (child && !std::exchange(told_to_end, true))
    self->send_exit(caf::actor_cast<caf::actor>(child), caf::exit_reason::kill);
}

void singleton_state::down(const caf::error& reason) {
  child = nullptr;
  if (closing) {
    self->quit(caf::exit_reason::user_shutdown);
  } else if (told_to_end) {
    start();
  } else {
    setup.board->drop(setup.lease);
    self->quit(reason);
  }
}

void singleton_state::stop(const caf::error& reason) {
  setup.board->drop(setup.lease);
  if (!child || reason != caf::exit_reason::user_shutdown) {
    if (child)
      self->send_exit(caf::actor_cast<caf::actor>(child), caf::exit_reason::kill);
    self->quit(reason);
    return;
  }
  closing = true;
  self->send_exit(caf::actor_cast<caf::actor>(child), caf::exit_reason::user_shutdown);
}

lease_listener_actor::behavior_type
singleton(observed_pointer<lease_listener_actor, singleton_state> self, directory_slot slot,
          singleton_setup setup) {
  self->state.slot = std::move(slot);
  self->set_down_handler([self](caf::down_msg& down) { self->state.down(down.reason); });
  self->set_exit_handler([self](caf::exit_msg& exit) {
    if (exit.reason)
      self->state.stop(exit.reason);
  });
  self->state.open(std::move(setup));
  return {
    [self](const lease_changed& news) { self->state.follow(news); },
  };
}

} // namespace nova
