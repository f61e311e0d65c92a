#pragma once

#include "actors/observed_actor.hpp"
#include "actors/query.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace nova {

/// There may be threads to claim: a page became durable, a backfill was resumed.
struct threads_available {};

/// A backfill of this node may be complete.
struct check_completion {};

/// On some node a backfill may be complete.
struct completion_announced {};

/// There may be something in that queue.
struct queue_woken {
  std::string queue;
};

/// Something of that kind may be due for who runs jobs.
struct jobs_available {
  enum class kind : uint8_t { anything, messages, tasks, handlers, schedules };

  kind of = kind::anything;
  std::string transport = {}; // of messages
};

/// Hears that there may be threads to claim.
using threads_wakeup_actor = caf::typed_actor<caf::reacts_to<threads_available>>;

/// Hears that a backfill may be complete.
using completion_wakeup_actor = caf::typed_actor<caf::reacts_to<check_completion>>;

/// Hears that a queue has something.
using queue_wakeup_actor = caf::typed_actor<caf::reacts_to<queue_woken>>;

/// Hears that there may be jobs, and of queues that no reader of this node wants.
using jobs_wakeup_actor =
  caf::typed_actor<caf::reacts_to<jobs_available>, caf::reacts_to<queue_woken>>;

/// From now on wakeups of jobs, or those of schedules, go to this one.
struct jobs_wakeup_wanted {
  jobs_wakeup_actor by;
  bool schedules = false;
};

/// From now on wakeups of threads go to this one; an earlier one is forgotten.
struct threads_wakeup_wanted {
  threads_wakeup_actor by;
};

/// From now on wakeups of completion go to this one.
struct completion_wakeup_wanted {
  completion_wakeup_actor by;
};

/// From now on wakeups of that queue go to this one.
struct queue_wakeup_wanted {
  std::string queue;
  queue_wakeup_actor by;
};

/// What a backfill tells about its threads: that there are new ones, or no more.
using discovery_wakeup_actor =
  caf::typed_actor<caf::reacts_to<threads_available>, caf::reacts_to<check_completion>>;

/// Passes wakeups between the roles of a node, so that none holds a handle of another: each role is
/// restarted by itself. A wakeup that nobody wants is dropped; who wants one looks by itself
/// anyway. That of completion goes to the other nodes then.
using wakeups_actor =
  caf::typed_actor<caf::reacts_to<threads_available>, caf::reacts_to<check_completion>,
                   caf::reacts_to<completion_announced>, caf::reacts_to<queue_woken>,
                   caf::reacts_to<threads_wakeup_wanted>, caf::reacts_to<completion_wakeup_wanted>,
                   caf::reacts_to<queue_wakeup_wanted>, caf::reacts_to<jobs_available>,
                   caf::reacts_to<jobs_wakeup_wanted>>;

/// Who hears which wakeup.
struct wakeups_state : observed {
  static inline const char* name = "wakeups";

  explicit wakeups_state(wakeups_actor::pointer self) : observed(self), self(self) {}

  void may_be_complete();
  void pass_on(const jobs_available& wakeup);
  void wants_completion(completion_wakeup_actor by);
  void gone(const caf::actor_addr& listener);

  wakeups_actor::pointer self;
  database_actor database; // null: no other node is told
  bool announcing = false; // one at a time
  bool announce_again = false;
  threads_wakeup_actor threads;
  completion_wakeup_actor completion;
  std::map<std::string, queue_wakeup_actor> queues; // as many as the node reads
  jobs_wakeup_actor jobs, schedules;

private:
  void announce();
};

/// See `wakeups_actor`.
wakeups_actor::behavior_type wakeups(observed_pointer<wakeups_actor, wakeups_state> self,
                                     directory_slot slot, database_actor database);

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::threads_available)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::check_completion)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::completion_announced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::queue_woken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs_available)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs_wakeup_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::threads_wakeup_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::completion_wakeup_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::queue_wakeup_wanted)
