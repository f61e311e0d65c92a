#pragma once

#include "actors/attachment_fetcher.hpp"
#include "actors/backfills.hpp"
#include "actors/certifier.hpp"
#include "actors/completion_monitor.hpp"
#include "actors/database.hpp"
#include "actors/endpoint_watch.hpp"
#include "actors/grants.hpp"
#include "actors/mail_store.hpp"
#include "actors/queue_reader.hpp"
#include "actors/reconcile.hpp"
#include "actors/thread_dispatcher.hpp"
#include "alerts/alert_sender.hpp"
#include "alerts/alert_watch.hpp"
#include "alerts/post_office.hpp"
#include "app/cluster_part.hpp"
#include "app/settings.hpp"
#include "base/secrets.hpp"
#include "inspection/inspection_service.hpp"
#include "jobs/brokers.hpp"
#include "jobs/http_caller.hpp"
#include "jobs/job_claimer.hpp"
#include "jobs/schedules.hpp"
#include "jobs/upkeep_work.hpp"
#include "nylas/transport.hpp"
#include "webhooks/webhook_ingress.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace nova::app {

/// What a node can be; see `nova run --roles`.
enum class role { webhooks, backfill, threads, completion, ingress, jobs };
std::string to_string(role);
const std::vector<role>& all_roles();
/// What the role `jobs` was called; taken with a warning.
inline constexpr const char* former_name_of_jobs = "maintenance";

/// Where webhooks, metrics and health are served.
struct node_http_settings {
  bool enabled = false;
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  size_t connections_max = 1024;
  webhooks::webhook_trust trust;
};

/// Where messages are sent over HTTP.
struct node_api_settings {
  bool enabled = false;
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  std::vector<std::string> tokens; // each is good
};

/// Where a node listens, each as `host:port`; empty: nowhere.
struct node_addresses {
  std::string http;
  std::string inspect; // with TLS
  std::string api;
};

/// Everything that a node is made of. Secrets are in here, so it is never logged.
struct node_settings {
  std::string name = "local";
  std::set<role> roles = {role::webhooks,   role::backfill, role::threads,
                          role::completion, role::ingress,  role::jobs};
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
  certifier_settings certifier;
  endpoint_watch_settings endpoints;
  jobs::job_claimer_settings job_claimer;
  jobs::brokers_settings brokers;
  jobs::schedules_settings schedules;
  jobs::upkeep_means upkeep;
  /// The least pause between two statements that make mail searchable.
  std::chrono::milliseconds search_pause{1'000};
  /// Of functions that do jobs; their own, so that a slow one keeps nothing else waiting.
  size_t job_connections = 2;
  /// What handlers sign with, by name.
  std::shared_ptr<const base::secrets> secrets =
    std::make_shared<base::secrets>(std::map<std::string, std::string>{}, "");
  jobs::http_caller_limits http_caller;
  alerts::post_office_settings post_office;
  alerts::alert_sender_settings alert_sender;
  alerts::alert_watch_settings alert_watch;
  attachment_fetcher_settings attachments;
  /// Of the queue nylas_webhook_notifications; the other queues take its batch, visibility and
  /// poll.
  queue_reader_settings webhooks;
  node_http_settings http;
  node_api_settings api_of_messages;
  node_cluster_settings cluster;
  inspection::inspection_settings inspect;
  /// What is wrong with them for as long as the node runs.
  std::vector<base::finding> standing;
  /// Called once the node listens; may be empty.
  std::function<void(const node_addresses& where)> listening;
  /// How long a stop waits for what runs.
  std::chrono::seconds stop_timeout{20};
};

/// Where the settings say that secrets are.
std::shared_ptr<const base::secrets> secrets_of(const settings& values);

/// What the settings say a node is; no names: all roles. Throws `command_error` for a name that is
/// no role, and for settings that do not go together.
node_settings make_node_settings(const settings& values, const std::vector<std::string>& roles);

} // namespace nova::app
