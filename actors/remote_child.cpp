#include "actors/remote_child.hpp"

#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>

// The child is held by three threads: this actor monitors it; the agent of its node monitors this
// actor and ends the child when it, or the link to it, is gone; and what an attempt that was given
// up starts late is refused or ended by its generation. So a child runs at most on one node that
// this one can still talk to, and a node that was cut off ends its orphan by itself.
namespace nova {
namespace {

constexpr base::log remote_child_log{"RemoteChild"};

/// For the agent's word on an end of which the link knows no reason: it is under way already.
constexpr std::chrono::seconds word_wait{1};

} // namespace

remote_child_state::remote_child_state(remote_child_actor::pointer self)
  : observed(self), self(self) {
  self->set_down_handler([this](caf::down_msg& x) { down(x.source, x.reason); });
  self->set_exit_handler([this](caf::exit_msg& x) {
    if (x.reason)
      close(x.reason);
  });
}

void remote_child_state::open(remote_child_setup with) {
  setup = std::move(with);
  slot = setup.slot;
  look();
}

void remote_child_state::look() {
  if (closing)
    return;
  if (child) {
    if (unexplained)
      lost("it ended, and nobody says why");
    return;
  }
  host = setup.choose(refused);
  if (!host && !setup.patient) {
    self->quit(caf::make_error(ec::not_possible, std::string{"no node takes it"}));
    return;
  }
  if (!host) {
    // Who refused may have room by now.
    refused.clear();
    doing("waits for a node that can run it");
    look_later();
    return;
  }
  ask();
}

void remote_child_state::look_later() {
  next_look.after(setup.look_interval, [this] { look(); });
}

void remote_child_state::ask() {
  doing("asks " + host->name + " to run it");
  // Nobody answers for a node that is lost meanwhile.
  self->monitor(host->agent);
  spawn_child_here request{setup.kind, setup.key, setup.arguments, setup.generation,
                           caf::actor_cast<caf::strong_actor_ptr>(self)};
  timed_request(self, host->agent, setup.spawn_timeout, std::move(request))
    .then([this](const child_here& answer) { begun(answer); },
          [this](const caf::error& reason) { not_begun(reason); });
}

void remote_child_state::begun(const child_here& answer) {
  child = answer.child;
  if (!child) {
    not_begun(ec::not_possible);
    return;
  }
  self->monitor(child);
  doing("runs on " + host->name);
  remote_child_log.info("placed", {{"actor", setup.kind + "/" + setup.key}, {"node", host->name}});
  if (closing)
    self->send_exit(child, *closing);
  auto address = caf::actor_cast<caf::actor_addr>(child);
  if (auto ended = early.find(address); ended != early.end())
    down(address, ended->second);
}

void remote_child_state::not_begun(const caf::error& reason) {
  if (closing) {
    self->quit(*closing);
    return;
  }
  if (reason == ec::not_possible || reason == ec::stopped) {
    remote_child_log.debug("refused", {{"node", host->name}, {"reason", describe(reason)}});
    self->demonitor(host->agent.address());
    refused.insert(host->node);
    look();
    return;
  }
  if (reason == caf::sec::request_timeout || reason == caf::sec::request_receiver_down) {
    lost("it did not answer");
    return;
  }
  self->quit(reason);
}

/// This attempt is over; what it may still start is ended by its generation.
void remote_child_state::lost(const std::string& why) {
  self->send(host->agent, kill_child_here{setup.kind, setup.key, setup.generation});
  self->quit(caf::make_error(ec::node_lost, host->name + ": " + why));
}

void remote_child_state::down(const caf::actor_addr& who, const caf::error& reason) {
  auto is_child = child && child == who;
  if (!is_child && !(host && host->agent == who)) {
    if (!child && (reason != caf::exit_reason::unknown || !early.contains(who)))
      early[who] = reason;
    return;
  }
  if (closing) {
    if (is_child || !child)
      self->quit(*closing);
    return;
  }
  if (is_child && reason == caf::exit_reason::unknown) {
    // It had ended before the link could watch it, and left CAF's registry before it told those who
    // did. The agent attached them: what they hear comes a moment later.
    if (!std::exchange(unexplained, true))
      next_look.after(word_wait, [this] { look(); });
    return;
  }
  if (!is_child || reason == caf::exit_reason::remote_link_unreachable
      || reason == caf::exit_reason::user_shutdown) {
    // Nobody here ended the child in order, so its node did: it is going down, or believes us lost.
    lost(describe(reason));
    return;
  }
  self->quit(reason);
}

void remote_child_state::close(const caf::error& reason) {
  if (closing)
    return;
  closing = reason;
  if (child && !unexplained) {
    self->send_exit(child, reason);
    return;
  }
  if (host && !child)
    self->send(host->agent, kill_child_here{setup.kind, setup.key, setup.generation});
  self->quit(reason);
}

remote_child_actor::behavior_type
remote_child(observed_pointer<remote_child_actor, remote_child_state> self,
             remote_child_setup setup) {
  self->state.open(std::move(setup));
  return untold();
}

} // namespace nova
