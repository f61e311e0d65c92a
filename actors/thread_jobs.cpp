#include "actors/thread_jobs.hpp"

#include "actors/job.hpp"
#include "actors/promised_answer.hpp"
#include "messages/error_code.hpp"
#include "pg/email/accept_thread_jobs.hpp"

#include <caf/stateful_actor.hpp>

namespace nova {

caf::result<work_ended> thread_jobs_state::accept(const queue_message& message) {
  auto job = parse_thread_sync_job(message.body);
  if (!job)
    return work_ended{message_disposition::archived, false, to_string(job.error())};
  auto answer = owe_answer<work_ended>(self);
  ask(self, database, pg::accept_thread_jobs{job->config, {{job->thread, message.received_at}}})
    .then(
      [this, answer](uint64_t) mutable {
        if (dispatcher)
          self->send(dispatcher, threads_available{});
        answer.deliver(work_ended{message_disposition::removed, false, {}});
      },
      [answer](const caf::error& reason) { answer.deliver(reason); });
  return answer;
}

queue_work_actor::behavior_type
thread_jobs(observed_pointer<queue_work_actor, thread_jobs_state> self, directory_slot slot,
            database_actor database, threads_wakeup_actor dispatcher) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->state.dispatcher = std::move(dispatcher);
  return {
    [self](const queue_message& message) { return self->state.accept(message); },
  };
}

} // namespace nova
