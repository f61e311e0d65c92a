#include "actors/thread_jobs.hpp"

#include "actors/job.hpp"
#include "messages/error.hpp"
#include "messages/owed_answer.hpp"
#include "messages/timed_request.hpp"

#include <caf/stateful_actor.hpp>

namespace nova {
namespace {

constexpr std::chrono::seconds database_timeout{60};

} // namespace

caf::result<work_ended> thread_jobs_state::accept(const queue_message& message) {
  auto job = parse_thread_sync_job(message.body);
  if (!job)
    return work_ended{message_fate::archived, false, to_string(job.error())};
  auto answer = owe_answer<work_ended>(self);
  timed_request(self, database, database_timeout,
                accept_thread_job{job->config, job->thread, message.received_at})
    .then(
      [this, answer](done) mutable {
        if (dispatcher)
          self->send(dispatcher, threads_available{});
        answer.deliver(work_ended{message_fate::removed, false, {}});
      },
      [answer](const caf::error& reason) { answer.deliver(reason); });
  return answer;
}

queue_work_actor::behavior_type
thread_jobs(observed_pointer<queue_work_actor, thread_jobs_state> self, base::directory_slot slot,
            backfill_database_actor database, threads_hint_actor dispatcher) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->state.dispatcher = std::move(dispatcher);
  return {
    [self](const queue_message& message) { return self->state.accept(message); },
  };
}

} // namespace nova
