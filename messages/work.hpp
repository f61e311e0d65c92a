#pragma once

#include "messages/leases.hpp"
#include "messages/mail_store.hpp"
#include "messages/queue.hpp"
#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace nova {

/// How a `thread_sync` ended. retry counts an attempt; later does not (a throttle, a paused grant);
/// stale: another node has the thread by now.
enum class thread_outcome : uint8_t { completed, retry, later, failed, stale };
std::string to_string(thread_outcome);

/// There may be threads to claim: a page became durable, a backfill was resumed.
struct threads_available {};

template <class Inspector>
auto inspect(Inspector& f, threads_available&) {
  return f(caf::meta::type_name("threads_available"));
}

/// Time to look whether a hint got lost, or a delayed thread is due. A dispatcher sends this to
/// itself.
struct dispatch_tick {
  uint64_t generation = 0;
};

template <class Inspector>
auto inspect(Inspector& f, dispatch_tick& x) {
  return f(caf::meta::type_name("dispatch_tick"), x.generation);
}

/// Time to write collected failures. A dispatcher sends this to itself.
struct flush_failures {};

template <class Inspector>
auto inspect(Inspector& f, flush_failures&) {
  return f(caf::meta::type_name("flush_failures"));
}

/// Time to look for threads that take too long, and for a drain that does. A dispatcher sends this
/// to itself.
struct look_for_overdue {};

template <class Inspector>
auto inspect(Inspector& f, look_for_overdue&) {
  return f(caf::meta::type_name("look_for_overdue"));
}

/// A `thread_sync` is at its end: all of the thread is stored and its claim completed, or why not.
struct thread_ended {
  thread_claim claim;
  thread_outcome outcome = thread_outcome::completed;
  uint32_t messages = 0;
  std::string reason;
  uint32_t delay_ms = 0; // before the next try
};

template <class Inspector>
auto inspect(Inspector& f, thread_ended& x) {
  return f(caf::meta::type_name("thread_ended"), x.claim, x.outcome, x.messages, x.reason,
           x.delay_ms);
}

/// Time for a `thread_sync` to fetch the next page. It sends this to itself.
struct fetch_messages {};

template <class Inspector>
auto inspect(Inspector& f, fetch_messages&) {
  return f(caf::meta::type_name("fetch_messages"));
}

/// Begin to list a configuration's threads, unless that runs already.
struct start_backfill {
  config_id config;
};

template <class Inspector>
auto inspect(Inspector& f, start_backfill& x) {
  return f(caf::meta::type_name("start_backfill"), x.config);
}

/// Time for the keeper of backfills to look for those that nobody lists. It sends this to itself.
struct look_for_backfills {
  uint64_t generation = 0;
};

template <class Inspector>
auto inspect(Inspector& f, look_for_backfills& x) {
  return f(caf::meta::type_name("look_for_backfills"), x.generation);
}

/// Time for a `backfill` or a `window_lister` to go on. It sends this to itself; an outdated
/// generation does nothing.
struct list_page {
  uint64_t generation = 0;
};

template <class Inspector>
auto inspect(Inspector& f, list_page& x) {
  return f(caf::meta::type_name("list_page"), x.generation);
}

/// Time for the completion monitor to count. It sends this to itself.
struct check_completion {
  uint64_t generation = 0;
};

template <class Inspector>
auto inspect(Inspector& f, check_completion& x) {
  return f(caf::meta::type_name("check_completion"), x.generation);
}

/// On some node a backfill may be complete.
struct completion_announced {};

template <class Inspector>
auto inspect(Inspector& f, completion_announced&) {
  return f(caf::meta::type_name("completion_announced"));
}

/// Time for the completion monitor to look for premature completions. It sends this to itself.
struct check_recovery {};

template <class Inspector>
auto inspect(Inspector& f, check_recovery&) {
  return f(caf::meta::type_name("check_recovery"));
}

/// Time for `reconcile` to look for messages in doubt. It sends this to itself.
struct look_for_refetches {};

template <class Inspector>
auto inspect(Inspector& f, look_for_refetches&) {
  return f(caf::meta::type_name("look_for_refetches"));
}

/// Asks `reconcile` to look for inboxes whose sweep is due, now.
struct look_for_sweeps {};

template <class Inspector>
auto inspect(Inspector& f, look_for_sweeps&) {
  return f(caf::meta::type_name("look_for_sweeps"));
}

/// Time for the next such look. It sends this to itself.
struct sweep_timer {};

template <class Inspector>
auto inspect(Inspector& f, sweep_timer&) {
  return f(caf::meta::type_name("sweep_timer"));
}

/// Turns claimed threads into `thread_sync` actors, as many at a time as its window allows.
using thread_dispatcher_actor =
  caf::typed_actor<caf::reacts_to<threads_available>, caf::reacts_to<dispatch_tick>,
                   caf::reacts_to<flush_failures>, caf::reacts_to<look_for_overdue>,
                   caf::reacts_to<thread_ended>>;

/// One thread of a backfill: fetches its messages, has them stored together with the completion of
/// its claim.
using thread_sync_actor = caf::typed_actor<caf::reacts_to<fetch_messages>>;

/// How the work on a queue message ended; the reader does with the message what it says.
struct work_ended {
  message_fate fate = message_fate::removed;
  bool settled = false; // the worker has acknowledged it in its own transaction
  std::string reason;
};

template <class Inspector>
auto inspect(Inspector& f, work_ended& x) {
  return f(caf::meta::type_name("work_ended"), x.fate, x.settled, x.reason);
}

/// What a `queue_reader` hands its messages to. An error makes it try again later, up to its bound.
using queue_work_actor = caf::typed_actor<caf::replies_to<queue_message>::with<work_ended>>;

/// Has the windows of one configuration listed, each by a `window_lister`.
using backfill_actor = caf::typed_actor<caf::reacts_to<list_page>>;

/// Lists one window of a backfill, page by page.
using window_lister_actor = caf::typed_actor<caf::reacts_to<list_page>>;

/// Keeps one `backfill` running for each configuration that has threads to list.
using backfills_actor = caf::typed_actor<
  // A job of the queue inbox_backfill_jobs: `{"config_id": "…"}`.
  caf::replies_to<queue_message>::with<work_ended>, caf::reacts_to<start_backfill>,
  caf::reacts_to<look_for_backfills>, caf::reacts_to<lease_changed>>;

/// Publishes progress, completes backfills, repairs what was completed too early. One in the
/// cluster.
using completion_monitor_actor = caf::typed_actor<
  // Also a hint that something may be finished.
  caf::reacts_to<check_completion>, caf::reacts_to<check_recovery>>;

/// Compares inboxes with the provider: messages in doubt, and sweeps over what arrived lately.
using reconcile_actor =
  caf::typed_actor<caf::reacts_to<look_for_refetches>, caf::reacts_to<look_for_sweeps>,
                   caf::reacts_to<sweep_timer>>;

} // namespace nova
