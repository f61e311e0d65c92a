#pragma once

#include "messages/leases.hpp"
#include "messages/mail_writes.hpp"
#include "messages/queue_messages.hpp"
#include "messages/timer.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
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

/// A `thread_sync` is at its end: all of the thread is stored and its claim completed, or why not.
struct thread_ended {
  thread_claim claim;
  thread_outcome outcome = thread_outcome::completed;
  uint32_t messages = 0;
  std::string reason;
  uint32_t delay_ms = 0; // before the next try
};

/// Begin to list a configuration's threads, unless that runs already.
struct start_backfill {
  config_id config;
};

/// A backfill of this node may be complete.
struct check_completion {};

/// On some node a backfill may be complete.
struct completion_announced {};

/// Asks `reconcile` to look for inboxes whose sweep is due, now.
struct look_for_sweeps {};

/// Turns claimed threads into `thread_sync` actors, as many at a time as its window allows.
using thread_dispatcher_actor =
  caf::typed_actor<caf::reacts_to<threads_available>, caf::reacts_to<thread_ended>>;

/// One thread of a backfill: fetches its messages, has them stored together with the completion of
/// its claim.
using thread_sync_actor = untold_actor;

/// How the work on a queue message ended; the reader does with the message what it says.
struct work_ended {
  message_disposition disposition = message_disposition::removed;
  bool settled = false; // the worker has acknowledged it in its own transaction
  std::string reason;
};

/// What a `queue_reader` hands its messages to. An error makes it try again later, up to its bound.
using queue_work_actor = caf::typed_actor<caf::replies_to<queue_message>::with<work_ended>>;

/// Has the windows of one configuration listed, each by a `window_lister`.
using backfill_actor = untold_actor;

/// Lists one window of a backfill, page by page.
using window_lister_actor = untold_actor;

/// Keeps one `backfill` running for each configuration that has threads to list.
using backfills_actor = caf::typed_actor<
  // A job of the queue inbox_backfill_jobs: `{"config_id": "…"}`.
  caf::replies_to<queue_message>::with<work_ended>, caf::reacts_to<start_backfill>,
  caf::reacts_to<lease_changed>>;

/// Publishes progress, completes backfills, repairs what was completed too early. One in the
/// cluster.
using completion_monitor_actor = caf::typed_actor<caf::reacts_to<check_completion>>;

/// Compares inboxes with the provider: messages in doubt, and sweeps over what arrived lately.
using reconcile_actor = caf::typed_actor<caf::reacts_to<look_for_sweeps>>;

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::threads_available)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::thread_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::start_backfill)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::check_completion)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::completion_announced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::look_for_sweeps)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::work_ended)
