#include "app/services.hpp"

#include "actors/attachment_fetcher.hpp"
#include "actors/certifier.hpp"
#include "actors/endpoint_watch.hpp"
#include "actors/failure_recorder.hpp"
#include "actors/folder_lister.hpp"
#include "actors/grants.hpp"
#include "actors/hosted_backfill.hpp"
#include "actors/http_client.hpp"
#include "actors/notification_handler.hpp"
#include "actors/notification_store.hpp"
#include "actors/queue_listener.hpp"
#include "actors/singleton.hpp"
#include "actors/supervisor.hpp"
#include "actors/thread_jobs.hpp"
#include "actors/wakeups.hpp"
#include "alerts/alert_sender.hpp"
#include "alerts/alert_watch.hpp"
#include "alerts/courier.hpp"
#include "app/work_queues.hpp"
#include "base/clock.hpp"
#include "base/process_usage.hpp"
#include "jobs/http_handler.hpp"
#include "jobs/sql_handler.hpp"
#include "jobs/upkeep.hpp"
#include "syncs/sync_handler.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

namespace nova::app {
namespace {

using self_pointer = supervisor_actor::pointer;

template <class Handle>
caf::strong_actor_ptr strong(const Handle& handle) {
  return caf::actor_cast<caf::strong_actor_ptr>(handle);
}

/// `prefix` tells its workers from those of the node's other pools.
database_actor start_pool(self_pointer self, const services& has, directory_slot slot,
                          size_t connections, const std::string& prefix = {}) {
  std::vector<database_actor> workers;
  for (size_t i = 0; i < connections; ++i)
    workers.push_back(
      spawn_database_worker(self->system(), has.settings.database,
                            has.directory->open({"database_worker", prefix + std::to_string(i + 1),
                                                 slot.name().path()})));
  return self->spawn(database, std::move(slot), std::move(workers), has.settings.pool);
}

caf::strong_actor_ptr start_database(self_pointer self, services& has, directory_slot slot) {
  has.database = start_pool(self, has, std::move(slot), has.settings.database_connections);
  if (has.api)
    has.api->use_database(has.database);
  return strong(has.database);
}

caf::strong_actor_ptr start_http_client(self_pointer self, services& has, directory_slot slot) {
  has.http =
    spawn_http_client(self->system(), std::move(slot), has.settings.api, has.settings.transport);
  return strong(has.http);
}

caf::strong_actor_ptr start_grants(self_pointer self, services& has, directory_slot slot) {
  auto limits = has.settings.grants;
  limits.live = has.live;
  grants_needs needs{has.database, has.http, has.directory,
                     has.cluster ? has.cluster->homes() : nullptr, has.settings.name};
  has.grants = self->spawn(grants, std::move(slot), std::move(needs), limits);
  return strong(has.grants);
}

caf::strong_actor_ptr start_store(self_pointer self, services& has, directory_slot slot) {
  has.store = self->spawn(mail_store, std::move(slot), has.database, has.settings.store);
  return strong(has.store);
}

caf::strong_actor_ptr start_wakeups(self_pointer self, services& has, directory_slot slot) {
  has.wakeups = self->spawn(wakeups, std::move(slot), has.database);
  return strong(has.wakeups);
}

/// Once in the cluster: under the lease of its kind. A node alone needs none.
template <class Spawn>
caf::strong_actor_ptr start_once(self_pointer self, services& has, directory_slot slot,
                                 const char* kind, Spawn spawn) {
  if (!has.cluster)
    return spawn(self, std::move(slot));
  singleton_setup setup;
  setup.lease = setup.kind = kind;
  setup.board = has.cluster->leases();
  setup.directory = has.directory;
  setup.start = [spawn](lease_listener_actor::pointer parent, int64_t, directory_slot own) {
    return spawn(parent, std::move(own));
  };
  return strong(self->spawn(singleton, std::move(slot), std::move(setup)));
}

caf::strong_actor_ptr start_completion(self_pointer self, services& has, directory_slot slot) {
  return start_once(self, has, std::move(slot), "completion_monitor",
                    [database = has.database, wakeups = has.wakeups,
                     settings = has.settings.completion](auto parent, directory_slot own) {
                      auto monitor =
                        parent->spawn(completion_monitor, std::move(own), database, settings);
                      caf::anon_send(wakeups, completion_wakeup_wanted{monitor});
                      return strong(monitor);
                    });
}

caf::strong_actor_ptr start_queue_ages(self_pointer self, services& has, directory_slot slot) {
  return strong(
    spawn_queue_ages(self->system(), std::move(slot), has.settings.database.url, has.ages_shown));
}

caf::strong_actor_ptr start_dispatcher(self_pointer self, services& has, directory_slot slot) {
  thread_dispatcher_needs needs{has.database, has.grants, has.store, has.wakeups, has.directory};
  auto settings = has.settings.threads;
  settings.node = has.settings.name;
  if (has.cluster)
    settings.epoch = has.cluster->self().epoch;
  settings.live = has.live;
  auto dispatcher = self->spawn(thread_dispatcher, std::move(slot), needs, settings);
  caf::anon_send(has.wakeups, threads_wakeup_wanted{dispatcher});
  return strong(dispatcher);
}

backfill_needs needs_of_backfills(const services& has) {
  backfill_needs needs;
  needs.database = has.database;
  needs.grants = has.grants;
  needs.wakeups = has.wakeups;
  needs.directory = has.directory;
  needs.store = has.store;
  needs.node = has.settings.name;
  if (has.cluster && has.cluster->linked())
    needs.hosts = [cluster = has.cluster] { return cluster->hosts_of(to_string(role::backfill)); };
  return needs;
}

caf::strong_actor_ptr start_backfills(self_pointer self, services& has, directory_slot slot) {
  auto needs = needs_of_backfills(has);
  if (has.cluster)
    needs.leases = has.cluster->leases();
  if (has.cluster && has.cluster->linked())
    needs.place = [cluster = has.cluster](const config_id& config, const auto& refused) {
      return cluster->host_of(config.value, to_string(role::backfill), refused);
    };
  has.backfills = self->spawn(backfills, std::move(slot), needs, has.settings.backfills);
  return strong(has.backfills);
}

caf::strong_actor_ptr start_reader(self_pointer self, services& has, directory_slot slot,
                                   const work_queue& queue) {
  auto settings = has.settings.webhooks;
  settings.queue = queue.name;
  settings.content = queue.content;
  settings.epoch = has.cluster ? has.cluster->self().epoch : 0;
  if (auto counted = has.queue_metrics_of.find(queue.name); counted != has.queue_metrics_of.end())
    settings.metrics = counted->second;
  auto reader =
    self->spawn(queue_reader, std::move(slot), has.database, queue.worker(has), settings);
  caf::anon_send(has.wakeups, queue_wakeup_wanted{queue.name, reader});
  return strong(reader);
}

caf::strong_actor_ptr start_reconcile(self_pointer self, services& has, directory_slot slot) {
  auto settings = has.settings.reconcile;
  settings.live = has.live;
  has.reconcile =
    self->spawn(reconcile, std::move(slot),
                reconcile_needs{{has.database, has.grants, has.store}, has.directory}, settings);
  return strong(has.reconcile);
}

caf::strong_actor_ptr start_certifier(self_pointer self, services& has, directory_slot slot) {
  auto settings = has.settings.certifier;
  settings.live = has.live;
  settings.comparison.by = has.settings.name;
  return start_once(self, has, std::move(slot), "certifier",
                    [needs = certifier_needs{{has.database, has.grants, has.store}, has.directory},
                     settings](auto parent, directory_slot own) {
                      return strong(parent->spawn(certifier, std::move(own), needs, settings));
                    });
}

caf::strong_actor_ptr start_endpoint_watch(self_pointer self, services& has, directory_slot slot) {
  auto settings = has.settings.endpoints;
  settings.live = has.live;
  return start_once(self, has, std::move(slot), "endpoint_watch",
                    [needs = endpoint_watch_needs{has.database, has.http},
                     settings](auto parent, directory_slot own) {
                      return strong(parent->spawn(endpoint_watch, std::move(own), needs, settings));
                    });
}

caf::strong_actor_ptr start_folder_lister(self_pointer self, services& has, directory_slot slot) {
  folder_lister_settings settings;
  settings.live = has.live;
  return strong(self->spawn(folder_lister, std::move(slot),
                            folder_lister_needs{has.database, has.grants}, settings));
}

caf::strong_actor_ptr start_attachment_fetcher(self_pointer self, services& has,
                                               directory_slot slot) {
  auto settings = has.settings.attachments;
  settings.node = has.cluster ? has.cluster->self().epoch : 0;
  settings.live = has.live;
  return strong(self->spawn(attachment_fetcher, std::move(slot),
                            attachment_fetcher_needs{has.database, has.grants}, settings));
}

caf::strong_actor_ptr start_notifications(self_pointer self, services& has, directory_slot slot) {
  notification_needs needs{has.database,  has.grants,    has.store,
                           has.reconcile, has.directory, has.database};
  notification_settings settings{has.settings.webhooks.tries_max, has.settings.webhooks.keep,
                                 has.notifications_counted};
  settings.parked.epoch = has.cluster ? has.cluster->self().epoch : 0;
  has.notifications = self->spawn(notifications, std::move(slot), needs, settings);
  return strong(has.notifications);
}

caf::strong_actor_ptr start_recorder(self_pointer self, services& has, directory_slot slot) {
  failure_recorder_needs needs{has.directory, has.database, has.failures_written, {}};
  if (has.cluster)
    needs.node = has.cluster->self().id;
  return strong(self->spawn(failure_recorder, std::move(slot), std::move(needs)));
}

caf::strong_actor_ptr start_thread_jobs(self_pointer self, services& has, directory_slot slot) {
  has.thread_jobs = self->spawn(thread_jobs, std::move(slot), has.database, has.wakeups);
  return strong(has.thread_jobs);
}

/// For handlers that are functions; see `node_settings::job_connections`.
caf::strong_actor_ptr start_job_database(self_pointer self, services& has, directory_slot slot) {
  has.job_database = start_pool(self, has, std::move(slot), has.settings.job_connections, "jobs-");
  return strong(has.job_database);
}

caf::strong_actor_ptr start_http_caller(self_pointer self, services& has, directory_slot slot) {
  has.http_caller = jobs::spawn_http_caller(self->system(), std::move(slot), has.settings.secrets,
                                            has.settings.http_caller);
  return strong(has.http_caller);
}

/// Before the claimer, which it outlives: what that ends is told to the brokers.
caf::strong_actor_ptr start_brokers(self_pointer self, services& has, directory_slot slot) {
  auto settings = has.settings.brokers;
  settings.consumer = "nova-" + has.settings.name;
  settings.worker = has.cluster ? jobs::worker_of_node(has.cluster->self().epoch) : "local";
  has.brokers =
    self->spawn(jobs::brokers, std::move(slot), has.database, has.directory, std::move(settings));
  return strong(has.brokers);
}

caf::strong_actor_ptr start_job_claimer(self_pointer self, services& has, directory_slot slot) {
  jobs::job_claimer_needs needs{has.database, has.directory, has.brokers};
  needs.makers["sql"] = [functions = has.job_database](const pg::set_handler& row) {
    return jobs::sql_handler(row, functions);
  };
  needs.makers["http"] = [caller = has.http_caller](const pg::set_handler& row) {
    return jobs::http_handler(jobs::http_settings_of(row), caller);
  };
  jobs::upkeep_needs upkeep{has.database, has.settings.database, has.settings.upkeep,
                            has.directory};
  upkeep.search_pause = has.settings.search_pause;
  needs.tasks = jobs::upkeep_handler(upkeep);
  syncs::sync_needs runs{
    has.database, has.settings.database, {has.settings.secrets}, has.directory};
  runs.means.proxy = has.settings.http_caller.proxy;
  runs.connection.application_name = "nova/sync";
  needs.syncs = syncs::sync_handler(runs);
  auto settings = has.settings.job_claimer;
  if (has.cluster) {
    settings.epoch = has.cluster->self().epoch;
    settings.worker = jobs::worker_of_node(settings.epoch);
  }
  auto claimer = self->spawn(jobs::job_claimer, std::move(slot), std::move(needs), settings);
  caf::anon_send(has.wakeups, jobs_wakeup_wanted{claimer});
  return strong(claimer);
}

caf::strong_actor_ptr start_schedules(self_pointer self, services& has, directory_slot slot) {
  return start_once(self, has, std::move(slot), "schedules",
                    [database = has.database, wakeups = has.wakeups,
                     settings = has.settings.schedules](auto parent, directory_slot own) {
                      auto started =
                        parent->spawn(jobs::schedules, std::move(own), database, settings);
                      caf::anon_send(wakeups, jobs_wakeup_wanted{started, true});
                      return strong(started);
                    });
}

caf::strong_actor_ptr start_alert_watch(self_pointer self, services& has, directory_slot slot) {
  return start_once(self, has, std::move(slot), "alert_watch",
                    [database = has.database,
                     settings = has.settings.alert_watch](auto parent, directory_slot own) {
                      return strong(
                        parent->spawn(alerts::alert_watch, std::move(own), database, settings));
                    });
}

caf::strong_actor_ptr start_alert_sender(self_pointer self, services& has, directory_slot slot) {
  auto settings = has.settings.alert_sender;
  settings.worker = has.settings.name;
  alerts::alert_sender_needs needs{has.database, has.directory, {}};
  needs.start = [office = has.settings.post_office, secrets = has.settings.secrets](
                  caf::local_actor* parent, directory_slot own, auto stop) {
    return alerts::spawn_courier(parent, std::move(own), office, secrets, std::move(stop));
  };
  return start_once(
    self, has, std::move(slot), "alert_sender", [needs, settings](auto parent, directory_slot own) {
      return strong(parent->spawn(alerts::alert_sender, std::move(own), needs, settings));
    });
}

caf::strong_actor_ptr start_readiness(self_pointer self, services& has, directory_slot slot) {
  return strong(self->spawn(readiness, std::move(slot), has.database, has.board));
}

caf::strong_actor_ptr start_notification_store(self_pointer self, services& has,
                                               directory_slot slot) {
  auto store =
    self->spawn(notification_store, std::move(slot), has.database, notification_store_limits{});
  if (has.web)
    has.web->use_store(store);
  return strong(store);
}

caf::strong_actor_ptr start_listener(self_pointer self, services& has, directory_slot slot) {
  std::vector<std::string> queues;
  for (const auto& queue : work_queues())
    queues.emplace_back(queue.name);
  return strong(spawn_queue_listener(self->system(), std::move(slot), has.settings.database.url,
                                     std::move(queues), has.wakeups));
}

} // namespace

caf::strong_actor_ptr
start_links(supervisor_actor::pointer self, services& has, directory_slot slot,
            const std::function<caf::strong_actor_ptr(const std::string& kind)>& find_child) {
  node_agent_setup agent;
  agent.directory = has.directory;
  agent.slot = has.directory->open({"node_agent", "", slot.name().path()});
  agent.home = has.grants;
  if (has.settings.roles.count(role::backfill) > 0) {
    auto keeper = [find_child] { return find_child("backfills"); };
    const auto& settings = has.settings.backfills.backfill;
    agent.hosted["backfill"] = host_backfills(needs_of_backfills(has), settings, keeper);
    agent.hosted["window_lister"] = host_windows(needs_of_backfills(has), settings, keeper);
  }
  if (has.inspection)
    agent.inspector = has.inspection->inspector();
  auto links = has.cluster->start_links(self, std::move(slot), std::move(agent));
  if (has.inspection)
    has.inspection->use_links(links);
  return strong(links);
}

void count_into(base::metrics& all, services& has) {
  auto& settings = has.settings;
  settings.pool.metrics = pool_metrics{all};
  settings.grants.metrics = call_metrics{all};
  settings.store.metrics = store_metrics{all};
  settings.threads.metrics = thread_metrics{all};
  settings.attachments.metrics = attachment_metrics{all};
  if (settings.roles.count(role::jobs) > 0) {
    settings.job_claimer.metrics = jobs::job_metrics{all};
    settings.brokers.outbox_age =
      all.gauge_of({"nova_messenger_outbox_age_seconds",
                    "How long the message waits that waits for its broker for longest.",
                    {}});
    settings.alert_watch.metrics = alerts::watch_metrics{all};
    settings.alert_sender.metrics = alerts::sender_metrics{all};
  }
  has.notifications_counted = notification_metrics{all};
  has.children_parked =
    all.counter_of({"nova_actor_parks_total", "Actors that failed too often and were parked.", {}});
  if (settings.roles.count(role::completion) > 0) {
    has.ages_shown = queue_age_metrics{all};
    settings.completion.metrics = backfill_metrics{all};
  }
  for (const auto& queue : work_queues())
    has.queue_metrics_of.emplace(queue.name, queue_metrics{all, queue.name});
  all.before_text(directory_metrics(all, has.directory));
  all.before_text(base::usage_metrics(all));
}

namespace {

std::vector<service> all_services() {
  std::vector<service> all = {
    {"database", {}, start_database},
    {"failure_recorder", {}, start_recorder},
    {"readiness", {}, start_readiness},
    {"http_client", {}, start_http_client},
    {"grants", {}, start_grants},
    {"mail_store", {}, start_store},
    {"wakeups", {}, start_wakeups},
    {"queue_listener", {}, start_listener},
    {"notification_store", role::ingress, start_notification_store},
    {"completion_monitor", role::completion, start_completion, true},
    {"queue_ages", role::completion, start_queue_ages},
    {"thread_dispatcher", role::threads, start_dispatcher},
    {"thread_jobs", role::threads, start_thread_jobs},
    {"backfills", role::backfill, start_backfills},
    {"reconcile", role::webhooks, start_reconcile},
    {"notifications", role::webhooks, start_notifications},
    {"schedules", role::jobs, start_schedules, true},
    {"job_database", role::jobs, start_job_database},
    {"http_caller", role::jobs, start_http_caller},
    {"brokers", role::jobs, start_brokers},
    {"job_claimer", role::jobs, start_job_claimer},
  };
  for (const auto& queue : work_queues())
    all.push_back(
      {queue.reader, queue.of, [&queue](self_pointer self, services& has, directory_slot slot) {
         return start_reader(self, has, std::move(slot), queue);
       }});
  // Behind all others of their role, none of which a fault of them restarts or parks.
  all.push_back({"folder_lister", role::webhooks, start_folder_lister});
  all.push_back({"attachment_fetcher", role::webhooks, start_attachment_fetcher});
  all.push_back({"endpoint_watch", role::webhooks, start_endpoint_watch, true});
  all.push_back({"certifier", role::webhooks, start_certifier, true});
  all.push_back({"alert_watch", role::jobs, start_alert_watch, true});
  all.push_back({"alert_sender", role::jobs, start_alert_sender, true});
  return all;
}

} // namespace

const std::vector<service>& service_table() {
  static const auto table = all_services();
  return table;
}

} // namespace nova::app
