#include "base/log.hpp"
#include "jobs/job_claimer.hpp"
#include "messages/error_code.hpp"

#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

// How jobs end: the other half of the claimer.

namespace nova::jobs {
namespace {

constexpr base::log job_ends_log{"Jobs"};

// A lease is held for longer four times before it would end.
constexpr int holds_per_lease = 4;

} // namespace

void job_claimer_state::answered(uint64_t number, const std::vector<job_outcome>& outcomes) {
  auto found = running_.find(number);
  if (found == running_.end())
    return;
  auto batch = std::move(found->second);
  running_.erase(found);
  in_running_ -= batch.jobs->size();
  one_alone_ = false;
  if (batch.jobs->front().from == source::sync)
    mark_all_due(source::sync);
  auto took = self->clock().now() - batch.began;
  settings.metrics.job_seconds.observe(took);
  auto took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took);
  const job_outcome nothing{verdict::retry, "no_outcome", "its handler said nothing about it"};
  for (size_t i = 0; i < batch.jobs->size(); ++i)
    end((*batch.jobs)[i], i < outcomes.size() ? outcomes[i] : nothing, took_ms);
  show();
  look();
}

void job_claimer_state::broke(uint64_t number, const caf::error& reason,
                              std::chrono::milliseconds limit) {
  auto found = running_.find(number);
  if (found == running_.end())
    return;
  job_outcome outcome{verdict::retry, "crashed", describe(reason)};
  if (reason == caf::sec::request_timeout) {
    outcome.error_class = "timeout";
    outcome.text = fmt::format("took longer than {} ms", limit.count());
    // As of nobody: see thread_dispatcher.
    caf::anon_send_exit(found->second.child, caf::exit_reason::user_shutdown);
  } else {
    record_child(needs.directory, found->second.slot, reason);
  }
  job_ends_log.error("a handler broke", {{"job", name_of(found->second.jobs->front())},
                                         {"jobs", found->second.jobs->size()},
                                         {"reason", outcome.text}});
  answered(number, std::vector(found->second.jobs->size(), outcome));
}

void job_claimer_state::end(const claimed_job& job, job_outcome outcome,
                            std::chrono::milliseconds took) {
  auto& counts = *settings.counts;
  std::atomic<uint64_t>* const by_verdict[] = {&counts.done, &counts.retried, &counts.failed,
                                               &counts.snoozed};
  by_verdict[static_cast<size_t>(outcome.what)]->fetch_add(1, std::memory_order_relaxed);
  settings.metrics.ended.at(static_cast<size_t>(outcome.what)).add();
  if (outcome.what == verdict::retry || outcome.what == verdict::fail) {
    settings.metrics.count_failure(outcome.error_class);
    job_ends_log.warn(outcome.what == verdict::fail ? "a job failed for good" : "a job failed",
                      {{"job", name_of(job)},
                       {"type", job.type},
                       {"class", outcome.error_class},
                       {"reason", outcome.text}});
  }
  // What a write needs of it: the body may be large, and has been used.
  claimed_job named;
  named.from = job.from;
  named.place = job.place;
  named.id = job.id;
  named.token = job.token;
  named.limited_by = job.limited_by;
  named.limit_key = job.limit_key;
  if (job.from == source::task || job.from == source::sync)
    named.type = job.type;
  if (!job.receipt.empty()) {
    named.receipt = job.receipt;
    self->send(needs.brokers, delivery_ended{named, outcome});
    outcome.settled = true; // but for its permit
  }
  ended_->add(std::move(named), std::move(outcome), took);
  write();
}

void job_claimer_state::write() {
  if (writing_ || ended_->size() == 0)
    return;
  auto next = ended_->next(settings.ends_per_write);
  auto count = next.jobs;
  writing_ = true;
  constexpr auto what = "end jobs";
  ask(self, needs.database, std::move(next))
    .then(
      [this, count](uint64_t refused) {
        could(job_ends_log, what);
        writing_ = false;
        ended_->written(count);
        if (refused > 0) {
          settings.metrics.refused.add(static_cast<double>(refused));
          job_ends_log.info("jobs ended that others had by then", {{"count", refused}});
        }
        write();
        if (!draining_)
          look();
        end_if_drained();
      },
      [this](const caf::error& reason) {
        // Their leases are held for longer until it works.
        could_not(job_ends_log, what, describe(reason));
        write_again_.after(retry_pause, [this] {
          writing_ = false;
          write();
        });
      });
}

void job_claimer_state::hold() {
  next_hold_.after(settings.lease / holds_per_lease, [this] { hold(); });
  extend_jobs held;
  held.lease = settings.lease;
  held.permits.worker = settings.worker;
  for (const auto& [number, batch] : running_)
    for (const auto& job : *batch.jobs)
      held.add(job);
  for (const auto& job : alone_)
    held.add(job);
  for (const auto& one : ended_->all())
    if (!one.outcome.settled)
      held.add(one.job);
  if (held.empty())
    return;
  constexpr auto what = "hold jobs for longer";
  ask(self, needs.database, std::move(held))
    .then(
      [this](const std::vector<int64_t>& gone) {
        could(job_ends_log, what);
        if (!gone.empty())
          lost(gone);
      },
      [this](const caf::error& reason) { could_not(job_ends_log, what, describe(reason)); });
}

/// Another has them, or somebody took them away: what runs for them alone is ended.
void job_claimer_state::lost(const std::vector<int64_t>& ids) {
  std::vector<uint64_t> ending;
  for (const auto& [number, batch] : running_)
    if (std::ranges::all_of(*batch.jobs, [&](const claimed_job& job) {
          return job.from == source::message && std::ranges::find(ids, job.id) != ids.end();
        }))
      ending.push_back(number);
  for (auto number : ending) {
    auto batch = std::move(running_.at(number));
    running_.erase(number);
    in_running_ -= batch.jobs->size();
    one_alone_ = false;
    job_ends_log.warn("a job was taken away while it ran; its handler is ended",
                      {{"job", name_of(batch.jobs->front())}});
    caf::anon_send_exit(batch.child, caf::exit_reason::user_shutdown);
  }
  look();
}

bool job_claimer_state::child_exited(const caf::actor_addr& child) {
  return children_.erase(child) > 0;
}

void job_claimer_state::drain() {
  if (std::exchange(draining_, true))
    return;
  drain_ends_.after(settings.drain_limit, [this] { give_up_running(); });
  give_back({alone_.begin(), alone_.end()});
  alone_.clear();
  show();
  end_if_drained();
}

void job_claimer_state::give_up_running() {
  job_ends_log.warn("the drain took too long; what runs is given back", {{"jobs", in_running_}});
  for (auto& [number, batch] : std::exchange(running_, {})) {
    for (const auto& job : *batch.jobs)
      end(job, {verdict::snooze, "", "its node ended"});
    caf::anon_send_exit(batch.child, caf::exit_reason::user_shutdown);
  }
  in_running_ = 0;
  // A database that is away has their leases end by themselves.
  drain_ends_.after(settings.drain_limit, [this] { self->quit(caf::exit_reason::user_shutdown); });
  end_if_drained();
}

void job_claimer_state::end_if_drained() {
  auto enough = [](uint64_t limit, uint64_t count) { return limit > 0 && count >= limit; };
  if (enough(settings.failure_limit, settings.counts->failed + settings.counts->retried)
      || (enough(settings.limit, taken_) && !draining_))
    return drain();
  if (draining_ && in_running_ + asking_ == 0 && ended_->size() == 0 && claims_ == 0 && !writing_)
    self->quit(caf::exit_reason::user_shutdown);
}

void job_claimer_state::show() const {
  settings.metrics.running.set(static_cast<double>(in_running_));
  doing(fmt::format("{}{} jobs run, {} sources{}", draining_ ? "draining: " : "", in_running_,
                    sources_.size(),
                    alone_.empty() ? "" : fmt::format(", {} wait to run alone", alone_.size())));
}

} // namespace nova::jobs
