#include "app/job_consumer.hpp"

#include "actors/database.hpp"
#include "actors/queue_listener.hpp"
#include "actors/wakeups.hpp"
#include "jobs/http_handler.hpp"
#include "jobs/sql_handler.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>
#include <thread>
#include <utility>

namespace nova::app {

job_consumer::system_settings::system_settings() {
  set("scheduler.policy", caf::atom("sharing")); // see app/node.cpp
  set("scheduler.max-threads",
      static_cast<size_t>(std::max(1u, std::thread::hardware_concurrency())));
}

database_actor job_consumer::start_pool(size_t connections) {
  std::vector<database_actor> workers;
  for (size_t i = 0; i < connections; ++i)
    workers.push_back(spawn_database_worker(system_, settings_.database));
  auto pool = self_->spawn(database, directory_slot{}, std::move(workers), database_limits{});
  others_.push_back(caf::actor_cast<caf::actor>(pool));
  return pool;
}

job_consumer::job_consumer(job_consumer_settings settings) : settings_(std::move(settings)) {
  auto pool = start_pool(settings_.connections);
  auto functions = start_pool(settings_.job_connections);
  auto caller = jobs::spawn_http_caller(system_, {}, settings_.secrets, settings_.http_caller);
  others_.push_back(caf::actor_cast<caf::actor>(caller));
  auto woken = self_->spawn(wakeups, directory_slot{}, database_actor{});
  others_.push_back(caf::actor_cast<caf::actor>(woken));
  brokers_ = self_->spawn(jobs::brokers, directory_slot{}, pool, nullptr, settings_.brokers);
  jobs::job_claimer_needs needs{pool, nullptr, brokers_};
  needs.makers["http"] = [caller](const pg::set_handler& row) {
    return jobs::http_handler(jobs::http_settings_of(row), caller);
  };
  needs.makers["sql"] = [functions](const pg::set_handler& row) {
    return jobs::sql_handler(row, functions);
  };
  claimer_ = self_->spawn<caf::monitored>(jobs::job_claimer, directory_slot{}, std::move(needs),
                                          settings_.claimer);
  self_->send(woken, jobs_wakeup_wanted{claimer_});
  others_.push_back(
    spawn_queue_listener(system_, {}, settings_.database.url, std::vector<std::string>{}, woken));
}

job_consumer::~job_consumer() {
  if (!ended_) {
    // Behind its own limit for a drain.
    drain();
    ended_within(2 * settings_.claimer.drain_limit + std::chrono::seconds{5});
  }
  // What has ended is told to its broker, which may need the database.
  self_->send_exit(brokers_, caf::exit_reason::user_shutdown);
  self_->wait_for(brokers_);
  std::ranges::reverse(others_);
  for (const auto& one : others_)
    self_->send_exit(one, caf::exit_reason::user_shutdown);
}

void job_consumer::drain() {
  self_->send_exit(claimer_, caf::exit_reason::user_shutdown);
}

bool job_consumer::ended_within(std::chrono::milliseconds wait) {
  if (!ended_)
    self_->receive([this](const caf::down_msg&) { ended_ = true; }, caf::after(wait) >> [] {});
  return ended_;
}

} // namespace nova::app
