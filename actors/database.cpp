#include "actors/database.hpp"

#include "base/backoff.hpp"
#include "base/seed.hpp"
#include "messages/timed_request.hpp"
#include "messages/timer.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>

#include <utility>

namespace nova {
namespace {

// Above every statement_timeout that pg/ sets, so that the server answers first.
constexpr std::chrono::seconds job_timeout{45};
constexpr base::backoff between_job_tries{std::chrono::milliseconds{20},
                                          std::chrono::milliseconds{500}};

/// What may succeed a moment later. A COMMIT in doubt is repeated too: every request is idempotent.
bool passing(const caf::error& reason) {
  return reason == ec::database_unavailable || reason == ec::database_in_doubt;
}

} // namespace

caf::result<query_done> database_state::run(query_job&& job) {
  if (waiting.size() + parked.size() >= limits.waiting_max)
    return ec::overloaded;
  // When the pool ends nobody knows whether the statement of a running query was carried out.
  auto promise = owe_answer<query_done>(self, caf::make_error(ec::database_in_doubt,
                                                              std::string{"the pool ended"}));
  pending request;
  request.job = std::move(job);
  request.succeeded = [promise](query_done& done) { promise.deliver(std::move(done)); };
  request.failed = [promise](const caf::error& reason) { promise.deliver(reason); };
  accept(std::move(request));
  return promise;
}

void database_state::accept(pending&& request) {
  request.waits_since = self->system().clock().now();
  request.give_up = request.waits_since + limits.timeout;
  waiting.push_back(std::move(request));
  start_next();
}

void database_state::start_next() {
  while (!idle.empty() && !waiting.empty()) {
    auto worker = idle.back();
    idle.pop_back();
    auto request = std::move(waiting.front());
    waiting.pop_front();
    start(worker, std::move(request));
  }
  count_waiting();
}

void database_state::count_waiting() const {
  auto count = waiting.size() + parked.size();
  slot.holds(count);
  limits.metrics.waiting.set(static_cast<double>(count));
}

void database_state::start(const database_actor& worker, pending&& request) {
  if (limits.gate && !limits.gate->open()) {
    idle.push_back(worker);
    ended(caf::make_error(ec::database_unavailable, "parked: this node's lease cannot be trusted"),
          std::move(request));
    return;
  }
  auto job = request.job;
  auto began = self->system().clock().now();
  limits.metrics.wait_seconds.observe(began - request.waits_since);
  timed_request(self, worker, job_timeout, std::move(job))
    .then(
      [this, worker, request, began](query_done& done) {
        auto now = self->system().clock().now();
        limits.metrics.job_seconds.observe(now - began);
        trouble_.succeeded(request.job.name, now - began, now);
        request.succeeded(done);
        idle.push_back(worker);
        start_next();
      },
      [this, worker, request](const caf::error& reason) mutable {
        trouble_.failed(request.job.name, reason, self->system().clock().now());
        ended(reason, std::move(request));
        idle.push_back(worker);
        start_next();
      });
}

void database_state::ended(const caf::error& reason, pending&& request) {
  auto delay = between_job_tries.delay(request.tries++, random);
  if (!passing(reason) || self->system().clock().now() + delay > request.give_up) {
    request.failed(reason);
    return;
  }
  limits.metrics.retries.add();
  auto number = ++parked_count;
  parked.emplace(number, std::move(request));
  call_after(self, delay, [this, number] { retry(number); });
}

void database_state::retry(uint64_t id) {
  auto found = parked.find(id);
  if (found == parked.end())
    return;
  found->second.waits_since = self->system().clock().now();
  waiting.push_front(std::move(found->second));
  parked.erase(found);
  start_next();
}

database_actor::behavior_type database(observed_pointer<database_actor, database_state> self,
                                       directory_slot slot, std::vector<database_actor> workers,
                                       database_limits limits) {
  self->state.slot = std::move(slot);
  self->state.limits = limits;
  self->state.random = base::random_engine(limits.seed);
  for (const auto& worker : workers)
    self->link_to(worker);
  self->state.idle = workers;
  self->state.workers = std::move(workers);
  return {
    [self](query_job& job) { return self->state.run(std::move(job)); },
  };
}

} // namespace nova
