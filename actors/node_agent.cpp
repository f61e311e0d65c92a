#include "actors/node_agent.hpp"

#include "base/log.hpp"
#include "messages/error_code.hpp"

#include <caf/actor_cast.hpp>
#include <caf/default_attachable.hpp>
#include <caf/exit_reason.hpp>
#include <caf/stateful_actor.hpp>

namespace nova {
namespace {

constexpr base::log node_agent_log{"NodeAgent"};

constexpr size_t arguments_max = size_t{64} * 1024;
constexpr uint16_t not_implemented = 501;
constexpr const char* cannot_be_inspected = "this node cannot be inspected";

} // namespace

node_agent_state::node_agent_state(hosting_agent_actor::pointer self) : observed(self), self(self) {
  self->set_down_handler([this](caf::down_msg& x) { down(x.source, x.reason); });
}

void node_agent_state::open(node_agent_setup with) {
  setup = std::move(with);
  slot = setup.slot;
}

caf::result<greeted> node_agent_state::greets(const greet& request) {
  return self->delegate(setup.links, request);
}

caf::result<child_here> node_agent_state::host(const spawn_child_here& request) {
  auto factory = setup.hosted.find(request.kind);
  if (factory == setup.hosted.end())
    return caf::make_error(ec::not_possible, "no child of kind " + request.kind + " runs here");
  if (!request.supervisor || request.arguments.size() > arguments_max)
    return caf::make_error(ec::not_possible, std::string{"no supervisor, or long arguments"});
  if (setup.open && !setup.open())
    return ec::stopped;
  child_name named{request.kind, request.key};
  if (auto gone = abandoned.find(named); gone != abandoned.end()) {
    if (request.generation <= gone->second)
      return ec::stale_claim;
    abandoned.erase(gone);
  }
  if (auto there = children.find(named); there != children.end()) {
    if (request.generation <= there->second.generation)
      return ec::stale_claim;
    self->send_exit(there->second.actor, caf::exit_reason::kill);
  }
  hosted_child made;
  made.generation = request.generation;
  made.supervisor = caf::actor_cast<caf::actor_addr>(request.supervisor);
  made.slot = open_child(setup.directory, request.kind, request.key);
  try {
    made.actor = factory->second(self, request, made.slot);
  } catch (const std::exception& e) {
    return caf::make_error(ec::not_possible, std::string{e.what()});
  }
  // Half a link, as of every supervisor: the child ends with the agent, and not the other way.
  self->attach(caf::default_attachable::make_link(self->address(),
                                                  caf::actor_cast<caf::actor_addr>(made.actor)));
  self->monitor(made.actor);
  // The supervisor's own monitor comes over the link, when the child may have ended already: then
  // it would hear of no reason.
  made.actor->get()->attach(caf::default_attachable::make_monitor(
    caf::actor_cast<caf::actor_addr>(made.actor), made.supervisor));
  watch(request.supervisor);
  node_agent_log.info("hosts a child",
                      {{"actor", made.slot.name().path()}, {"kind", request.kind}});
  child_here answer{made.actor, made.generation};
  children[named] = std::move(made);
  return answer;
}

/// The supervisor's end, or the loss of the link to it, ends its children: so a node that was cut
/// off ends its orphans by itself.
void node_agent_state::watch(const caf::strong_actor_ptr& supervisor) {
  auto address = caf::actor_cast<caf::actor_addr>(supervisor);
  for (const auto& [named, child] : children)
    if (child.supervisor == address)
      return;
  self->monitor(supervisor);
}

void node_agent_state::abandon(const kill_child_here& request) {
  child_name named{request.kind, request.key};
  auto there = children.find(named);
  if (there != children.end()) {
    if (there->second.generation <= request.generation)
      self->send_exit(there->second.actor, caf::exit_reason::kill);
    return;
  }
  if (setup.hosted.contains(request.kind))
    abandoned[named] = std::max(abandoned[named], request.generation);
}

/// As if it left: their supervisors start them elsewhere.
void node_agent_state::yield() {
  for (const auto& [named, child] : children)
    self->send_exit(child.actor, caf::exit_reason::user_shutdown);
}

caf::result<permit_granted> node_agent_state::permit(const ask_remote_permit& request) {
  if (!setup.home)
    return ec::not_home;
  return self->delegate(setup.home, request);
}

caf::result<node_inspected> node_agent_state::look(const inspect_node& request) {
  if (setup.inspector)
    return self->delegate(setup.inspector, request);
  node_inspected refused;
  refused.status = not_implemented;
  refused.error = cannot_be_inspected;
  return refused;
}

caf::result<order_answered> node_agent_state::obey(const order_actor& request) {
  if (!setup.inspector)
    return order_answered{not_implemented, cannot_be_inspected, {}, {}};
  return self->delegate(setup.inspector, request);
}

void node_agent_state::down(const caf::actor_addr& who, const caf::error& reason) {
  for (auto child = children.begin(); child != children.end();) {
    auto& [named, hosted] = *child;
    if (hosted.actor == who) {
      self->detach(caf::default_attachable::observe_token{who, caf::default_attachable::link});
      child = children.erase(child);
      continue;
    }
    if (hosted.supervisor == who) {
      node_agent_log.warn("ends a child: its supervisor is gone",
                          {{"actor", hosted.slot.name().path()}, {"reason", describe(reason)}});
      self->send_exit(hosted.actor, caf::exit_reason::user_shutdown);
    }
    ++child;
  }
}

hosting_agent_actor::behavior_type
node_agent(observed_pointer<hosting_agent_actor, node_agent_state> self, node_agent_setup setup) {
  self->state.open(std::move(setup));
  return {
    [self](const greet& request) { return self->state.greets(request); },
    [self](const spawn_child_here& request) { return self->state.host(request); },
    [self](const kill_child_here& request) { self->state.abandon(request); },
    [self](const ask_remote_permit& request) { return self->state.permit(request); },
    [self](const remote_call_ended& news) {
      if (self->state.setup.home)
        self->send(self->state.setup.home, news);
    },
    [self](const pause_grant& news) {
      if (self->state.setup.home)
        self->send(self->state.setup.home, news);
    },
    [self](const resume_grant& news) {
      if (self->state.setup.home)
        self->send(self->state.setup.home, news);
    },
    [self](const inspect_node& request) { return self->state.look(request); },
    [self](const order_actor& request) { return self->state.obey(request); },
    [self](yield_children) { self->state.yield(); },
  };
}

} // namespace nova
