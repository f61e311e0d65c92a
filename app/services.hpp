#pragma once

#include "actors/live_limits.hpp"
#include "actors/wakeups.hpp"
#include "app/node_settings.hpp"
#include "app/queue_age_meter.hpp"
#include "app/readiness.hpp"
#include "inspection/inspection_service.hpp"
#include "jobs/brokers.hpp"
#include "jobs/http_caller.hpp"
#include "jobs/send_api.hpp"
#include "messages/supervised_children.hpp"
#include "webhooks/service.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace nova::app {

/// The handles that later children need of earlier ones. Filled by the factories; a restart of one
/// restarts those after it (rest_for_one), which read the new handle. The shared services are
/// written by the root supervisor before a role's supervisor starts, and not while one runs; each
/// role writes and reads only its own.
struct services {
  node_settings settings;
  std::shared_ptr<actor_directory> directory;
  database_actor database;
  http_client_actor http;
  grants_home_actor grants;
  mail_store_actor store;
  wakeups_actor wakeups;
  backfills_actor backfills;
  reconcile_actor reconcile;
  queue_work_actor notifications;
  std::shared_ptr<readiness_board> board;
  queue_work_actor thread_jobs;
  database_actor job_database;
  jobs::http_caller_actor http_caller;
  jobs::brokers_actor brokers;
  std::shared_ptr<std::atomic<uint64_t>> failures_written =
    std::make_shared<std::atomic<uint64_t>>(0);
  std::map<std::string, queue_metrics> queue_metrics_of;
  notification_metrics notifications_counted;
  /// What operators change while the node runs.
  std::shared_ptr<live_limits> live = std::make_shared<live_limits>();
  queue_age_metrics ages_shown;
  base::counter children_parked;
  /// Given each new store; null without HTTP. Owned by the node.
  webhooks::service* web = nullptr;
  /// Given each new pool; null where no messages are taken over HTTP. Owned by the node.
  jobs::send_api* api = nullptr;
  /// Null without one. Owned by the node.
  nova::inspection::inspection_service* inspection = nullptr;
  /// Null for a node alone. Owned by the node.
  cluster_part* cluster = nullptr;
};

/// Lets all actors that are started later count into `all`, which outlives them.
void count_into(base::metrics& all, services& has);

/// One row of the role table: what is started, under which name, for which role.
struct service {
  const char* kind;
  std::optional<role> of; // under the supervisor of that role; empty: shared, on every node
  std::function<caf::strong_actor_ptr(supervisor_actor::pointer, services&, directory_slot)> start;
  /// Once in the cluster: what each node starts is a `singleton` of that key, which starts the
  /// actor of that kind where its lease is.
  bool once = false;
};

/// Starts the links to the other nodes: after all roles, so that trouble with them touches no work.
/// `find_child` finds this node's running child of a kind, on any thread.
caf::strong_actor_ptr
start_links(supervisor_actor::pointer self, services& has, directory_slot slot,
            const std::function<caf::strong_actor_ptr(const std::string& kind)>& find_child);

/// All that a node may have, in the order in which it is started: what is shared, then the roles.
const std::vector<service>& service_table();

} // namespace nova::app
