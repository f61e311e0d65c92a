#pragma once

#include "actors/database_worker.hpp"
#include "base/secrets.hpp"
#include "jobs/http_caller.hpp"
#include "jobs/job_claimer.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <memory>
#include <vector>

namespace nova::app {

struct job_consumer_settings {
  database_settings database;
  jobs::job_claimer_settings claimer;
  /// For claims and ends, and for handlers that are functions.
  size_t connections = 2, job_connections = 2;
  std::shared_ptr<const base::secrets> secrets;
  jobs::http_caller_limits http_caller;
  jobs::brokers_settings brokers;
};

/// The engine of jobs without a node around it: what a process needs that only does jobs. It is in
/// no cluster, so its leases end by their time when it dies. Blocks nobody; belongs to one thread.
class job_consumer {
public:
  explicit job_consumer(job_consumer_settings settings);
  ~job_consumer();

  job_consumer(const job_consumer&) = delete;
  job_consumer& operator=(const job_consumer&) = delete;

  /// Claims no more and lets what runs end.
  void drain();

  /// Waits for its end, at most so long; says whether it has ended.
  bool ended_within(std::chrono::milliseconds wait);

  [[nodiscard]] const jobs::job_counts& counts() const {
    return *settings_.claimer.counts;
  }

private:
  struct system_settings : caf::actor_system_config {
    system_settings();
  };

  database_actor start_pool(size_t connections);

  job_consumer_settings settings_;
  system_settings system_settings_;
  caf::actor_system system_{system_settings_};
  caf::scoped_actor self_{system_};
  std::vector<caf::actor> others_; // in the order of their start
  jobs::brokers_actor brokers_;
  jobs_wakeup_actor claimer_;
  bool ended_ = false;
};

} // namespace nova::app
