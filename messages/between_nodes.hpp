#pragma once

#include "mail/ids.hpp"
#include "messages/grant_calls.hpp"
#include "messages/type_ids.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace nova {

/// The first message over a new link: who calls, and its own agent. The link itself was
/// authenticated before.
struct greet {
  int64_t node = 0; // the incarnation
  int64_t epoch = 0;
  std::string name;
  uint32_t protocol = 1;
  caf::strong_actor_ptr agent; // a `node_agent_actor`
};

template <class Inspector>
auto inspect(Inspector& f, greet& x) {
  return f(caf::meta::type_name("greet"), x.node, x.epoch, x.name, x.protocol, x.agent);
}

struct greeted {
  int64_t node = 0;
  int64_t epoch = 0;
  std::string name;
};

template <class Inspector>
auto inspect(Inspector& f, greeted& x) {
  return f(caf::meta::type_name("greeted"), x.node, x.epoch, x.name);
}

/// Asks a node to start a child for a supervisor elsewhere. The child ends with the supervisor, and
/// when the link to it is lost.
struct spawn_child_here {
  std::string kind;
  std::string key;
  std::string arguments; // JSON, at most 64 KiB; what it means is the kind's business
  /// Grows with each attempt of one child; what an abandoned attempt starts late is ended.
  uint64_t generation = 0;
  caf::strong_actor_ptr supervisor;
};

template <class Inspector>
auto inspect(Inspector& f, spawn_child_here& x) {
  return f(caf::meta::type_name("spawn_child_here"), x.kind, x.key, x.arguments, x.generation,
           x.supervisor);
}

struct child_here {
  caf::strong_actor_ptr child;
  uint64_t generation = 0;
};

template <class Inspector>
auto inspect(Inspector& f, child_here& x) {
  return f(caf::meta::type_name("child_here"), x.child, x.generation);
}

/// Ends a child of that generation or an earlier one, now or when it starts late.
struct kill_child_here {
  std::string kind;
  std::string key;
  uint64_t generation = 0;
};

template <class Inspector>
auto inspect(Inspector& f, kill_child_here& x) {
  return f(caf::meta::type_name("kill_child_here"), x.kind, x.key, x.generation);
}

/// This node takes nothing new any more.
struct yield_children {};

template <class Inspector>
auto inspect(Inspector& f, yield_children&) {
  return f(caf::meta::type_name("yield_children"));
}

/// A question of the inspection API that another node answers for itself.
struct inspect_node {
  std::string path; // of the API, with its query
  std::string body; // JSON of a mutation; empty: only looks
  std::string who;  // who asks, for the audit log
  std::string role; // view, operate or admin: the asked node believes who asked it
};

template <class Inspector>
auto inspect(Inspector& f, inspect_node& x) {
  return f(caf::meta::type_name("inspect_node"), x.path, x.body, x.who, x.role);
}

struct node_inspected {
  uint16_t status = 200; // as of HTTP
  std::string json;
};

template <class Inspector>
auto inspect(Inspector& f, node_inspected& x) {
  return f(caf::meta::type_name("node_inspected"), x.status, x.json);
}

/// Gives permits for the grants whose home is on its node.
using grant_home_actor = caf::typed_actor<
  // See `node_agent_actor`.
  caf::replies_to<ask_remote_permit>::with<permit_granted>, caf::reacts_to<remote_call_ended>,
  caf::reacts_to<pause_grant>, caf::reacts_to<resume_grant>>;

/// Answers the questions of the inspection API for its node.
using inspector_actor = caf::typed_actor<caf::replies_to<inspect_node>::with<node_inspected>>;

/// The one door of a node for its peers: the only actor that is published. A request to a node that
/// is lost gets no answer, so every one has a finite time-out.
using node_agent_actor = caf::typed_actor<
  // Answers who this is. The links of both sides now have each other's agent.
  caf::replies_to<greet>::with<greeted>,
  // Answers once the child is spawned. Fails with ec::not_possible when the kind cannot run here,
  // ec::stopped when the node is draining, ec::stale_claim when that generation was abandoned.
  caf::replies_to<spawn_child_here>::with<child_here>,
  // Remembers the generation, so that its late start is refused.
  caf::reacts_to<kill_child_here>,
  // Answers when a call may start. Fails with ec::not_home when the grant lives elsewhere now,
  // ec::grant_paused, or ec::overloaded.
  caf::replies_to<ask_remote_permit>::with<permit_granted>, caf::reacts_to<remote_call_ended>,
  // Meant for the home of a grant; passed on by who learns of them.
  caf::reacts_to<pause_grant>, caf::reacts_to<resume_grant>,
  // Answers for this node alone. Status 501 until the inspection API is there.
  caf::replies_to<inspect_node>::with<node_inspected>>;

/// A `node_agent` as its own node has it.
using hosting_agent_actor = node_agent_actor::extend<
  // Ends what it hosts, so that it goes on elsewhere.
  caf::reacts_to<yield_children>>;

} // namespace nova
