#pragma once

#include "app/node.hpp"
#include "app/readiness.hpp"
#include "http/service.hpp"
#include "messages/supervisor.hpp"
#include "messages/work.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace nova::app {

/// The handles that later children need of earlier ones. Filled by the factories, one after the
/// other, on the root supervisor; a restart of one restarts those after it (rest_for_one), which
/// read the new handle.
struct services {
  node_settings settings;
  std::shared_ptr<base::directory> directory;
  database_actor database;
  http_client_actor http;
  grants_actor grants;
  mail_store_actor store;
  completion_monitor_actor completion;
  thread_dispatcher_actor dispatcher;
  backfills_actor backfills;
  reconcile_actor reconcile;
  queue_work_actor notifications;
  std::map<std::string, queue_reader_actor> readers;
  std::shared_ptr<readiness_board> board;
  queue_work_actor thread_jobs;
  std::shared_ptr<std::atomic<uint64_t>> failures_written =
    std::make_shared<std::atomic<uint64_t>>(0);
  /// Given each new store; null without HTTP. Owned by the node.
  http::service* web = nullptr;
};

/// One row of the role table: what is started, under which name, for which roles. `everywhere` rows
/// are on each node.
struct service {
  const char* kind;
  std::set<role> roles; // empty: on every node
  std::function<caf::strong_actor_ptr(supervisor_actor::pointer, services&, base::directory_slot)>
    start;
};

/// All that a node may have, in the order in which it is started.
const std::vector<service>& service_table();

} // namespace nova::app
