#pragma once

#include "actors/backfills.hpp"
#include "actors/completion_monitor.hpp"
#include "actors/database.hpp"
#include "actors/grants.hpp"
#include "actors/mail_store.hpp"
#include "actors/maintenance.hpp"
#include "actors/queue_reader.hpp"
#include "actors/reconcile.hpp"
#include "actors/thread_dispatcher.hpp"
#include "app/cluster_part.hpp"
#include "app/inspection_service.hpp"
#include "app/readiness.hpp"
#include "base/directory.hpp"
#include "nylas/transport.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace nova::app {

/// What a node can be; see `nova run --roles`.
enum class role { webhooks, backfill, threads, completion, ingress, maintenance };
std::string to_string(role);
const std::vector<role>& all_roles();

/// Where webhooks, metrics and health are served.
struct node_http_settings {
  bool enabled = false;
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  size_t connections_max = 1024;
  std::vector<std::string> webhook_secrets;
  bool unsigned_allowed = false;
};

/// Where a node listens, each as `host:port`; empty: nowhere.
struct node_addresses {
  std::string http;
  std::string inspect; // with TLS
};

/// Everything that a node is made of. Secrets are in here, so it is never logged.
struct node_settings {
  std::string name = "local";
  std::set<role> roles = {role::webhooks,   role::backfill, role::threads,
                          role::completion, role::ingress,  role::maintenance};
  database_settings database;
  size_t database_connections = 4;
  database_limits pool;
  nylas::api_settings api;
  nylas::transport_limits transport;
  grant_limits grants;
  mail_store_limits store;
  thread_dispatcher_settings threads;
  backfills_settings backfills;
  completion_monitor_settings completion;
  reconcile_settings reconcile;
  maintenance_settings maintenance;
  /// Of the queue nylas_webhook_notifications; the other queues take its batch, visibility and
  /// poll.
  queue_reader_settings webhooks;
  node_http_settings http;
  node_cluster_settings cluster;
  inspection_settings inspect;
  /// Called once the node listens; may be empty.
  std::function<void(const node_addresses& where)> listening;
  /// How long a stop waits for what runs.
  std::chrono::seconds stop_timeout{20};
};

/// One process of the cluster: the actor system and the supervision tree with what its roles need.
/// The composition root: the only place that knows which actors a node has.
class node {
public:
  /// Starts everything. `died` is called once, from some thread, when the tree gave up: the process
  /// should end.
  node(node_settings settings, std::function<void(std::string reason)> died);
  ~node();

  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Stops taking work, lets what runs finish within `stop_timeout`, gives back the rest. Blocks.
  /// Idempotent.
  void stop();

  [[nodiscard]] base::directory& directory();

  /// Why the node cannot work now, and whether its actors move.
  [[nodiscard]] std::shared_ptr<const readiness_board> readiness() const;

  /// Ends the child of that kind as a crash would, for tests of supervision and drills. False when
  /// none runs.
  bool crash(const std::string& kind);

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace nova::app
