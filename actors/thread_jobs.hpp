#pragma once

#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "actors/queue_work.hpp"
#include "actors/wakeups.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace nova {

struct thread_jobs_state : observed {
  static inline const char* name = "thread_jobs";

  explicit thread_jobs_state(queue_work_actor::pointer self) : observed(self), self(self) {}

  caf::result<work_ended> accept(const queue_message& message);

  queue_work_actor::pointer self;
  database_actor database;
  threads_wakeup_actor dispatcher; // may be null
};

/// The work of the queue thread_sync_jobs, the entrance for other programs: each job becomes a row
/// that the dispatcher claims like any other.
queue_work_actor::behavior_type
thread_jobs(observed_pointer<queue_work_actor, thread_jobs_state> self, directory_slot slot,
            database_actor database, threads_wakeup_actor dispatcher);

} // namespace nova
