#include "jobs/ended_jobs.hpp"

#include "actors/queue_work.hpp"
#include "pg/connection.hpp"

#include <algorithm>

namespace nova::jobs {
namespace {

int64_t queue_delay_s(const claimed_job& job, const job_outcome& outcome) {
  if (outcome.what == verdict::snooze || outcome.after.count() > 0)
    return std::chrono::ceil<std::chrono::seconds>(outcome.after).count();
  return retry_delay_s(static_cast<int32_t>(job.token));
}

void put_message(end_jobs& into, const claimed_job& job, const job_outcome& outcome) {
  switch (outcome.what) {
    case verdict::done:
      into.completed.ids.push_back(job.id);
      into.completed.tokens.push_back(job.token);
      return;
    case verdict::snooze: {
      auto& same = into.snoozed[outcome.after];
      same.delay = outcome.after;
      same.ids.push_back(job.id);
      same.tokens.push_back(job.token);
      return;
    }
    case verdict::retry:
    case verdict::fail: break;
  }
  auto& failed = into.failed;
  failed.ids.push_back(job.id);
  failed.tokens.push_back(job.token);
  failed.messages.push_back(outcome.text);
  failed.classes.push_back(outcome.error_class);
  failed.verdicts.emplace_back(outcome.what == verdict::fail ? "unrecoverable" : "retry");
  failed.after_ms.push_back(outcome.after.count() > 0 ? std::optional{outcome.after.count()}
                                                      : std::nullopt);
}

template <class Query>
void put_lease(Query& into, const claimed_job& job) {
  into.queue = job.place;
  into.ids.push_back(job.id);
  into.read_cts.push_back(static_cast<int32_t>(job.token));
}

void put_queued(end_jobs& into, const claimed_job& job, const job_outcome& outcome,
                int32_t tries_max) {
  if (outcome.what == verdict::done) {
    put_lease(into.removed[job.place], job);
    return;
  }
  if (outcome.what == verdict::fail || (outcome.what == verdict::retry && job.token >= tries_max)) {
    auto reason = outcome.error_class + ": " + outcome.text;
    auto& same = into.archived[{job.place, reason}];
    same.reason = reason;
    put_lease(same, job);
    return;
  }
  auto seconds = queue_delay_s(job, outcome);
  auto& same = into.later[{job.place, seconds}];
  same.seconds = seconds;
  put_lease(same, job);
}

void put_task(end_jobs& into, const claimed_job& job, const job_outcome& outcome) {
  if (outcome.what == verdict::snooze && outcome.after.count() == 0) {
    into.tasks_released.names.push_back(job.type);
    into.tasks_released.tokens.push_back(job.token);
    return;
  }
  pg::end_upkeep ended{job.type, job.token, {}};
  auto& said = ended.outcome;
  said.end = outcome.what == verdict::done     ? pg::upkeep_end::done
             : outcome.what == verdict::snooze ? pg::upkeep_end::skipped
                                               : pg::upkeep_end::failed;
  said.error_class = outcome.error_class;
  said.text = outcome.text;
  if (outcome.after.count() > 0)
    said.after = outcome.after;
  into.tasks.push_back(std::move(ended));
}

void put_sync(end_jobs& into, const claimed_job& job, const job_outcome& outcome) {
  if (outcome.what == verdict::snooze)
    into.syncs_released.claims.push_back({job.type, job.token});
  else if (outcome.what != verdict::done)
    into.syncs.push_back({{job.type, job.token}, "failed", outcome.error_class, outcome.text});
}

void put_permit(pg::return_permits& into, const claimed_job& job, const job_outcome& outcome,
                std::chrono::milliseconds took) {
  into.handlers.push_back(job.limited_by);
  into.keys.push_back(job.limit_key);
  into.jobs.push_back(name_of(job));
  into.failed.push_back(outcome.what == verdict::retry);
  into.took_ms.push_back(static_cast<double>(took.count()));
}

template <class Queries>
uint64_t run_all(pg::connection& conn, const Queries& queries) {
  uint64_t refused = 0;
  for (const auto& [key, query] : queries)
    refused += query.ids.size() - query.run(conn);
  return refused;
}

uint64_t refused_of(const std::vector<pg::message_outcome>& outcomes) {
  return static_cast<uint64_t>(std::ranges::count_if(outcomes, [](pg::message_outcome one) {
    return one == pg::message_outcome::stale || one == pg::message_outcome::gone;
  }));
}

} // namespace

uint64_t end_jobs::run(pg::connection& conn) const {
  pg::transaction change{conn};
  uint64_t refused = 0;
  if (!completed.ids.empty())
    refused += refused_of(completed.run(conn));
  if (!failed.ids.empty())
    refused += refused_of(failed.run(conn));
  for (const auto& [delay, query] : snoozed)
    refused += refused_of(query.run(conn));
  for (const auto& task : tasks)
    refused += task.run(conn) ? 0 : 1;
  if (!tasks_released.names.empty()) {
    auto good = tasks_released.run(conn);
    refused += static_cast<uint64_t>(std::ranges::count(good, false));
  }
  for (const auto& run : syncs)
    refused += run.run(conn) == "accepted" ? 0 : 1;
  if (!syncs_released.claims.empty())
    refused += syncs_released.claims.size() - syncs_released.run(conn);
  if (!permits.jobs.empty())
    permits.run(conn);
  refused += run_all(conn, removed) + run_all(conn, archived) + run_all(conn, later);
  change.commit();
  return refused;
}

end_jobs ended_jobs::next(size_t jobs_max) const {
  end_jobs made;
  made.jobs = std::min(jobs_max, all_.size());
  for (size_t i = 0; i < made.jobs; ++i) {
    const auto& [job, outcome, took] = all_[i];
    if (job.limited_by != 0)
      put_permit(made.permits, job, outcome, took);
    if (outcome.settled)
      continue;
    if (job.from == source::message)
      put_message(made, job, outcome);
    else if (job.from == source::queue)
      put_queued(made, job, outcome, tries_max_);
    else if (job.from == source::sync)
      put_sync(made, job, outcome);
    else
      put_task(made, job, outcome);
  }
  return made;
}

void extend_jobs::add(const claimed_job& job) {
  if (job.limited_by != 0)
    permits.jobs.push_back(name_of(job));
  if (!job.receipt.empty())
    return; // its broker holds it
  if (job.from == source::message) {
    ids.push_back(job.id);
    tokens.push_back(job.token);
  } else if (job.from == source::queue) {
    put_lease(queues[job.place], job);
  } else if (job.from == source::sync) {
    syncs.claims.push_back({job.type, job.token});
  } else {
    tasks.names.push_back(job.type);
    tasks.tokens.push_back(job.token);
  }
}

bool extend_jobs::empty() const {
  return ids.empty() && queues.empty() && tasks.names.empty() && permits.jobs.empty()
         && syncs.claims.empty();
}

std::vector<int64_t> extend_jobs::run(pg::connection& conn) const {
  pg::transaction change{conn};
  std::vector<int64_t> lost;
  if (!ids.empty()) {
    auto outcomes = pg::messenger_extend{ids, tokens, lease}.run(conn);
    for (size_t i = 0; i < outcomes.size(); ++i)
      if (outcomes[i] != pg::message_outcome::extended)
        lost.push_back(ids[i]);
  }
  auto seconds = std::chrono::ceil<std::chrono::seconds>(lease).count();
  for (auto [name, query] : queues) {
    query.seconds = seconds;
    query.run(conn);
  }
  if (!tasks.names.empty())
    pg::extend_upkeep{tasks.names, tasks.tokens, lease}.run(conn);
  if (!syncs.claims.empty())
    pg::extend_syncs{syncs.claims, std::chrono::ceil<std::chrono::seconds>(lease)}.run(conn);
  if (!permits.jobs.empty())
    pg::hold_permits{permits.worker, permits.jobs, lease}.run(conn);
  change.commit();
  return lost;
}

} // namespace nova::jobs
