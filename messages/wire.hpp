#pragma once

#include "mail/ids.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/optional.hpp>
#include <caf/type_id.hpp>

#include <cstdint>
#include <string>

namespace caf {
class actor_system_config;
}

/// What may leave a process: the messages that nodes say to each other, and what these hold. All
/// other messages stay within their process: CAF writes nothing of what has no id here.
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

/// What a call is for: live mail goes first.
enum class call_lane : uint8_t { live, backfill };
std::string to_string(call_lane);

/// How a call ended, as far as pace and health of its grant care.
enum class call_outcome : uint8_t { succeeded, throttled, auth_failed, failed };
std::string to_string(call_outcome);

/// Asks the home of a grant for leave to call; see `ask_permit`.
struct ask_remote_permit {
  grant_id grant;
  call_lane lane = call_lane::backfill;
  double units = 1;
  uint32_t waited_ms = 0; // see `ask_permit`
};

template <class Inspector>
auto inspect(Inspector& f, ask_remote_permit& x) {
  return f(caf::meta::type_name("ask_remote_permit"), x.grant, x.lane, x.units, x.waited_ms);
}

/// Leave for one call. Who got it reports `call_ended` with the same number, else it lapses after
/// two minutes.
struct permit_granted {
  uint64_t permit = 0;
};

template <class Inspector>
auto inspect(Inspector& f, permit_granted& x) {
  return f(caf::meta::type_name("permit_granted"), x.permit);
}

/// How the permitted call went.
struct call_ended {
  uint64_t permit = 0;
  call_outcome outcome = call_outcome::succeeded;
  caf::optional<double> units; // as billed
  uint32_t took_ms = 0;
  uint32_t retry_after_ms = 0; // 0: the provider did not say
  std::string reason;
};

template <class Inspector>
auto inspect(Inspector& f, call_ended& x) {
  return f(caf::meta::type_name("call_ended"), x.permit, x.outcome, x.units, x.took_ms,
           x.retry_after_ms, x.reason);
}

/// How a call that another node's grant permitted went.
struct remote_call_ended {
  grant_id grant;
  call_ended call;
};

template <class Inspector>
auto inspect(Inspector& f, remote_call_ended& x) {
  return f(caf::meta::type_name("remote_call_ended"), x.grant, x.call);
}

/// `grant.expired` and the like: stop calling for it.
struct pause_grant {
  grant_id grant;
  std::string reason;
  bool passed_on = false; // from another node: it goes no further
  bool away = false;      // it need not be authorised again: its mailbox cannot be reached
};

template <class Inspector>
auto inspect(Inspector& f, pause_grant& x) {
  return f(caf::meta::type_name("pause_grant"), x.grant, x.reason, x.passed_on, x.away);
}

/// It was authorised again, or can be reached again.
struct resume_grant {
  grant_id grant;
  bool passed_on = false; // as in `pause_grant`
};

template <class Inspector>
auto inspect(Inspector& f, resume_grant& x) {
  return f(caf::meta::type_name("resume_grant"), x.grant, x.passed_on);
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

/// Makes these known to an actor system. Before the system is made.
void register_wire_types(caf::actor_system_config& config);

} // namespace nova

// The numbers go over the wire, so append only.
CAF_BEGIN_TYPE_ID_BLOCK(nova, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(nova, (nova::greet))
  CAF_ADD_TYPE_ID(nova, (nova::greeted))
  CAF_ADD_TYPE_ID(nova, (nova::spawn_child_here))
  CAF_ADD_TYPE_ID(nova, (nova::child_here))
  CAF_ADD_TYPE_ID(nova, (nova::kill_child_here))
  CAF_ADD_TYPE_ID(nova, (nova::ask_remote_permit))
  CAF_ADD_TYPE_ID(nova, (nova::permit_granted))
  CAF_ADD_TYPE_ID(nova, (nova::remote_call_ended))
  CAF_ADD_TYPE_ID(nova, (nova::pause_grant))
  CAF_ADD_TYPE_ID(nova, (nova::resume_grant))
  CAF_ADD_TYPE_ID(nova, (nova::inspect_node))
  CAF_ADD_TYPE_ID(nova, (nova::node_inspected))

CAF_END_TYPE_ID_BLOCK(nova)
