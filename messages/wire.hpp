#pragma once

#include "base/finding.hpp"
#include "mail/ids.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/optional.hpp>
#include <caf/type_id.hpp>

#include <cstdint>
#include <string>
#include <vector>

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

/// What a call is for: live mail goes first, and the background gets a tenth of the pace at most.
enum class call_lane : uint8_t { live, backfill, background };
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

/// What a node can be asked about itself.
enum class node_view : uint8_t { actors, findings, failures, trace, details, process };

/// A question of the inspection API that a node answers for itself. What a view does not use stays
/// empty.
struct inspect_node {
  node_view view = node_view::actors;
  std::string path = {};  // actors, failures and details: `kind` or `kind/key`; empty: all
  std::string where = {}; // actors: a condition as `shell/row_query.hpp` reads it
  std::string sort = {};  // actors: a column, with `-` before it the largest first
  caf::optional<double> stuck_for = {}; // actors: only who is at one thing for so many seconds
  std::string session = {}; // trace: whose events these are; the first question opens it
  std::string kind = {}, key = {}, about = {}; // trace: of which actors, about what
  uint32_t limit = 100;
};

template <class Inspector>
auto inspect(Inspector& f, inspect_node& x) {
  return f(caf::meta::type_name("inspect_node"), x.view, x.path, x.where, x.sort, x.stuck_for,
           x.session, x.kind, x.key, x.about, x.limit);
}

/// An actor as its node's directory knows it (`actors/directory.hpp`). Times are microseconds since
/// 1970.
struct inspected_actor {
  std::string kind, key, parent, doing, last_failure;
  std::string message; // the type of the last one
  int64_t doing_since = 0, started_at = 0;
  int64_t busy_since = 0; // 0: idle
  uint64_t handled = 0, waiting = 0, received = 0;
  uint32_t restarts = 0;
  bool parked = false, suspended = false, counts = false;
  std::string budget;    // how often its supervisor restarts it still, in words; empty: it has none
  int64_t oldest_at = 0; // when what waits longest in its mailbox came, at the earliest; 0: nothing
  uint32_t awaits = 0;   // answers
  int64_t awaits_since = 0; // the oldest of them
  std::string awaited;      // `call_grant of grants`: that one's request, and who was asked
};

template <class Inspector>
auto inspect(Inspector& f, inspected_actor& x) {
  return f(caf::meta::type_name("inspected_actor"), x.kind, x.key, x.parent, x.doing,
           x.last_failure, x.message, x.doing_since, x.started_at, x.busy_since, x.handled,
           x.waiting, x.received, x.restarts, x.parked, x.suspended, x.counts, x.budget,
           x.oldest_at, x.awaits, x.awaits_since, x.awaited);
}

/// What of an actor is looked up for itself alone, in words; the first few names of each.
struct inspected_details {
  std::string actor;
  std::string messages;        // of its mailbox, by type: `store_messages 12, timer_due 1`
  std::string linked, watched; // who is linked to it, who monitors it
  std::string watches;         // whom it monitors
};

template <class Inspector>
auto inspect(Inspector& f, inspected_details& x) {
  return f(caf::meta::type_name("inspected_details"), x.actor, x.messages, x.linked, x.watched,
           x.watches);
}

/// What a node takes of its machine (`base/process_usage.hpp`).
struct inspected_process {
  double cpu_share = 0;
  int64_t cpu_us = 0;
  uint64_t resident_bytes = 0;
  uint32_t threads = 0, descriptors = 0, descriptors_max = 0;
  std::string zone;
};

template <class Inspector>
auto inspect(Inspector& f, inspected_process& x) {
  return f(caf::meta::type_name("inspected_process"), x.cpu_share, x.cpu_us, x.resident_bytes,
           x.threads, x.descriptors, x.descriptors_max, x.zone);
}

/// What a node sees of itself that somebody should look at.
struct inspected_finding {
  base::finding_level level = base::finding_level::warning;
  std::string actor, text; // the actor, or the setting, of that node
  int64_t since = 0;       // 0: since it started
  std::string next;        // what helps; `{}` stands for NODE/ACTOR
  std::string about = {};  // what is to blame, where it is not that actor: `database`
};

template <class Inspector>
auto inspect(Inspector& f, inspected_finding& x) {
  return f(caf::meta::type_name("inspected_finding"), x.level, x.actor, x.text, x.since, x.next,
           x.about);
}

/// An abnormal end of an actor.
struct inspected_failure {
  int64_t at = 0;
  std::string actor, reason, doing;
  uint32_t restart = 0;
  std::string message; // the type of the last one
};

template <class Inspector>
auto inspect(Inspector& f, inspected_failure& x) {
  return f(caf::meta::type_name("inspected_failure"), x.at, x.actor, x.reason, x.doing, x.restart,
           x.message);
}

/// A message that an actor dealt with while somebody followed.
struct traced_message {
  int64_t at = 0;
  std::string actor, message, from, doing;
  int64_t took_us = 0;
};

template <class Inspector>
auto inspect(Inspector& f, traced_message& x) {
  return f(caf::meta::type_name("traced_message"), x.at, x.actor, x.message, x.from, x.doing,
           x.took_us);
}

/// The rows of the view that was asked for; the other lists are empty.
struct node_inspected {
  uint16_t status = 200; // as of HTTP
  std::string error;     // why it is another
  int64_t now = 0;       // the node's clock when it looked
  uint64_t total = 0;    // rows that there are, of which `limit` came; of a trace: events lost
  std::vector<inspected_actor> actors;
  std::vector<inspected_finding> findings;
  std::vector<inspected_failure> failures;
  std::vector<traced_message> traced;
  std::vector<inspected_details> details;
  std::vector<inspected_process> processes; // the node's own
};

template <class Inspector>
auto inspect(Inspector& f, node_inspected& x) {
  return f(caf::meta::type_name("node_inspected"), x.status, x.error, x.now, x.total, x.actors,
           x.findings, x.failures, x.traced, x.details, x.processes);
}

/// An operator's order to an actor of the asked node: suspend, wake, restart or kill.
struct order_actor {
  std::string action, target, reason;
  bool dry_run = false;
  std::string who;  // who asks, for the audit log
  std::string role; // view, operate or admin: the asked node believes who asked it
};

template <class Inspector>
auto inspect(Inspector& f, order_actor& x) {
  return f(caf::meta::type_name("order_actor"), x.action, x.target, x.reason, x.dry_run, x.who,
           x.role);
}

/// What came of an order.
struct order_answered {
  uint16_t status = 200; // as of HTTP
  std::string error;     // why it is another
  std::string will;      // what it does, in words
  std::string outcome;   // done, begun, dry run …
};

template <class Inspector>
auto inspect(Inspector& f, order_answered& x) {
  return f(caf::meta::type_name("order_answered"), x.status, x.error, x.will, x.outcome);
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
  CAF_ADD_TYPE_ID(nova, (nova::order_actor))
  CAF_ADD_TYPE_ID(nova, (nova::order_answered))

CAF_END_TYPE_ID_BLOCK(nova)
