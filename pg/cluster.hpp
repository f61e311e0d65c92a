#pragma once

#include "pg/cluster/default_lease.hpp"
#include "pg/cluster/record_actor_failures.hpp"
#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// Typed queries over the tables of schema/cluster: who is there, who may do what there is once,
/// what failed. All times are the database's. Every function throws `pg::error`.
namespace nova::pg {

struct node_start {
  std::string name = {};
  std::vector<std::string> roles = {};
  std::string version = {};
  std::string address = {}; // where peers reach it; empty: alone
  uint32_t protocol = 1, protocol_min = 1;
  uint32_t capacity = 0;    // threads at once
  std::string machine = {}; // where its loopback address means something
  int64_t replaces = 0;     // the incarnation of that name that is known to be gone; 0: none
};

/// One start of a node. `epoch` fences: it is greater than that of every earlier start.
struct incarnation {
  int64_t id = 0;
  int64_t epoch = 0;
};

/// A node starts. `failure::refused` with SQLSTATE NV011 when the lease of another node of that
/// name runs, 55000 when the cluster no longer speaks its protocol. Who has the name and no lease,
/// or is replaced, is declared dead.
incarnation register_node(connection& conn, const node_start& start,
                          std::chrono::milliseconds lease = default_lease);

struct cluster_view {
  std::string state;             // of this node: joining, up, degraded or draining
  int64_t version = 0;           // grows when a node comes or goes
  int64_t settings_revision = 0; // grows when a live setting changes
};
/// Renews the node's lease. Nothing: it was declared dead, and must stop without writing. `load` is
/// JSON or empty.
std::optional<cluster_view> heartbeat(connection& conn, int64_t node,
                                      std::chrono::milliseconds lease = default_lease,
                                      std::string_view load = {});

/// To `up`, `degraded` or `draining`. False when nothing changed.
bool set_node_state(connection& conn, int64_t node, std::string_view state);

/// Ends the node on purpose; its leases are free at once. False when it had ended before.
bool leave(connection& conn, int64_t node);

struct node_row {
  int64_t id = 0;
  std::string name;
  int64_t epoch = 0;
  std::vector<std::string> roles;
  std::string address, version, state;
  int64_t started_at = 0, heartbeat_at = 0; // microseconds since 1970
  bool alive = false;                       // its lease runs
  std::string dead_reason;
};
/// Living nodes and those that ended within so many hours, newest first.
std::vector<node_row> list_nodes(connection& conn, uint32_t ended_within_hours);

/// Takes of these leases those that are free or ran out, or renews own ones, with one statement.
/// The token is that of one tenure: every effect under the lease names it. None for what another
/// holds; nothing when the node is draining or gone.
std::map<std::string, int64_t> take_leases(connection& conn, const std::vector<std::string>& names,
                                           int64_t node,
                                           std::chrono::milliseconds duration = default_lease);
/// Renews all that the node holds, by name and token, with one statement; returns the names of
/// those that are still its own.
std::set<std::string> renew_leases(connection& conn, int64_t node,
                                   const std::map<std::string, int64_t>& held,
                                   std::chrono::milliseconds duration = default_lease);
/// False when it was not held any more.
bool release_lease(connection& conn, std::string_view name, int64_t node, int64_t token);

struct pruned {
  int64_t failures = 0, nodes = 0;
};
/// Forgets failures past their days (setting `actor_failures_keep_days`, 14), at most 10,000 a
/// call, and nodes that ended a week ago.
pruned prune_cluster_history(connection& conn);

} // namespace nova::pg
