#pragma once

#include "messages/mail_store.hpp"
#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace nova {

/// Takes threads for this node; see `thread_claim`.
struct claim_threads {
  std::string node;
  int64_t epoch = 0;
  uint32_t limit = 0;
};

template <class Inspector>
auto inspect(Inspector& f, claim_threads& x) {
  return f(caf::meta::type_name("claim_threads"), x.node, x.epoch, x.limit);
}

/// At most as many as were asked for; none when there is nothing to do.
struct threads_claimed {
  std::vector<thread_claim> claims;
};

template <class Inspector>
auto inspect(Inspector& f, threads_claimed& x) {
  return f(caf::meta::type_name("threads_claimed"), x.claims);
}

/// A claim that ended without success.
struct thread_failed {
  thread_claim claim;
  std::string reason;
  bool permanent = false; // no further try helps
  bool throttled = false; // back to the queue, no attempt counted
  int64_t delay_ms = 0;   // before the next try
};

template <class Inspector>
auto inspect(Inspector& f, thread_failed& x) {
  return f(caf::meta::type_name("thread_failed"), x.claim, x.reason, x.permanent, x.throttled,
           x.delay_ms);
}

/// Ends claims without success.
struct end_threads {
  std::vector<thread_failed> failures; // at most 1,000
};

template <class Inspector>
auto inspect(Inspector& f, end_threads& x) {
  return f(caf::meta::type_name("end_threads"), x.failures);
}

/// How many of them were still this node's.
struct threads_ended {
  uint32_t accepted = 0;
};

template <class Inspector>
auto inspect(Inspector& f, threads_ended& x) {
  return f(caf::meta::type_name("threads_ended"), x.accepted);
}

/// Gives back what a node held; no attempt is counted.
struct release_threads {
  std::string node;
};

template <class Inspector>
auto inspect(Inspector& f, release_threads& x) {
  return f(caf::meta::type_name("release_threads"), x.node);
}

/// How many went back to the queue.
struct threads_released {
  uint64_t count = 0;
};

template <class Inspector>
auto inspect(Inspector& f, threads_released& x) {
  return f(caf::meta::type_name("threads_released"), x.count);
}

/// One time slice of a backfill: the unit of resumption.
struct backfill_window {
  int64_t id = 0;
  int64_t start = 0; // seconds, inclusive
  int64_t end = 0;   // seconds, exclusive; 0: it reaches to the present
  std::string cursor;
  int64_t token = 0; // of the claim under which it is listed; see `claim_window`
};

template <class Inspector>
auto inspect(Inspector& f, backfill_window& x) {
  return f(caf::meta::type_name("backfill_window"), x.id, x.start, x.end, x.cursor, x.token);
}

/// A backfill as its actor needs it.
struct backfill_info {
  config_id config;
  inbox_id inbox;
  grant_id grant;
  std::string provider;
  std::string inbox_status;
  std::string status; // backfill_status
  bool discovery_done = false;
  uint32_t attempts = 0;
};

template <class Inspector>
auto inspect(Inspector& f, backfill_info& x) {
  return f(caf::meta::type_name("backfill_info"), x.config, x.inbox, x.grant, x.provider,
           x.inbox_status, x.status, x.discovery_done, x.attempts);
}

/// Asks for the backfills that have threads to find.
struct find_backfills {};

template <class Inspector>
auto inspect(Inspector& f, find_backfills&) {
  return f(caf::meta::type_name("find_backfills"));
}

/// Backfills in pending or discovering.
struct backfills_found {
  std::vector<backfill_info> backfills;
};

template <class Inspector>
auto inspect(Inspector& f, backfills_found& x) {
  return f(caf::meta::type_name("backfills_found"), x.backfills);
}

/// Begins discovery, or goes on with it.
struct open_backfill {
  config_id config;
  int64_t token = 0; // of the lease under which it is done; 0: none
};

template <class Inspector>
auto inspect(Inspector& f, open_backfill& x) {
  return f(caf::meta::type_name("open_backfill"), x.config, x.token);
}

/// What is left to list, newest first.
struct backfill_opened {
  backfill_info info;
  std::vector<backfill_window> windows;
};

template <class Inspector>
auto inspect(Inspector& f, backfill_opened& x) {
  return f(caf::meta::type_name("backfill_opened"), x.info, x.windows);
}

/// Takes a window for `node`, which lists it; what an earlier claim still writes is refused.
struct claim_window {
  config_id config;
  int64_t window_id = 0;
  int64_t token = 0; // see `open_backfill`
  std::string node;
};

template <class Inspector>
auto inspect(Inspector& f, claim_window& x) {
  return f(caf::meta::type_name("claim_window"), x.config, x.window_id, x.token, x.node);
}

/// 0: it is listed by now.
struct window_claimed {
  int64_t token = 0;
};

template <class Inspector>
auto inspect(Inspector& f, window_claimed& x) {
  return f(caf::meta::type_name("window_claimed"), x.token);
}

/// Reads a claimed window where it is listed. ec::stale_claim: the claim is not the newest.
struct open_window {
  config_id config;
  int64_t window_id = 0;
  int64_t token = 0; // of the claim
};

template <class Inspector>
auto inspect(Inspector& f, open_window& x) {
  return f(caf::meta::type_name("open_window"), x.config, x.window_id, x.token);
}

/// A window, and whose it is.
struct window_opened {
  inbox_id inbox;
  grant_id grant;
  std::string provider;
  backfill_window window;
};

template <class Inspector>
auto inspect(Inspector& f, window_opened& x) {
  return f(caf::meta::type_name("window_opened"), x.inbox, x.grant, x.provider, x.window);
}

/// A thread as a page shows it.
struct listed_thread {
  thread_id id;
  int64_t latest_message_at = 0;         // seconds; 0: not known
  std::vector<message_id> messages = {}; // those that the provider names; may be empty
};

template <class Inspector>
auto inspect(Inspector& f, listed_thread& x) {
  return f(caf::meta::type_name("listed_thread"), x.id, x.latest_message_at, x.messages);
}

/// One page and its checkpoint, durable together. A thread whose messages are all stored is
/// completed at once. ec::stale_claim: the window is another's, or not at this page.
struct record_page {
  config_id config;
  backfill_window window;             // its cursor is where the page began
  std::vector<listed_thread> threads; // at most 200
  bool check = false;                 // only of messages that are not stored
  std::string next_cursor;            // empty: the window is at its end
};

template <class Inspector>
auto inspect(Inspector& f, record_page& x) {
  return f(caf::meta::type_name("record_page"), x.config, x.window, x.threads, x.check,
           x.next_cursor);
}

/// The page is durable and its threads can run.
struct page_recorded {
  uint32_t to_sync = 0;
  bool discovery_done = false;
  bool running = true; // false: an operator has paused the backfill
};

template <class Inspector>
auto inspect(Inspector& f, page_recorded& x) {
  return f(caf::meta::type_name("page_recorded"), x.to_sync, x.discovery_done, x.running);
}

/// The provider no longer takes the cursor, or it leads nowhere: the window starts again.
struct restart_window {
  config_id config;
  backfill_window window;
};

template <class Inspector>
auto inspect(Inspector& f, restart_window& x) {
  return f(caf::meta::type_name("restart_window"), x.config, x.window);
}

/// How often that happened.
struct window_restarted {
  uint32_t restarts = 0;
};

template <class Inspector>
auto inspect(Inspector& f, window_restarted& x) {
  return f(caf::meta::type_name("window_restarted"), x.restarts);
}

/// A part of the range that cannot be had, for the tools to say so.
struct backfill_gap {
  std::string kind;   // cursor | refused | provider_cache | folder
  int64_t from = 0;   // seconds
  int64_t to = 0;     // seconds; 0: to the present
  std::string reason; // in words
  std::string folder; // where it is one folder
};

template <class Inspector>
auto inspect(Inspector& f, backfill_gap& x) {
  return f(caf::meta::type_name("backfill_gap"), x.kind, x.from, x.to, x.reason, x.folder);
}

/// Ends a window that cannot be listed to its end; the gap is its range.
struct give_up_window {
  config_id config;
  backfill_window window;
  std::string kind; // see `backfill_gap`
  std::string reason;
};

template <class Inspector>
auto inspect(Inspector& f, give_up_window& x) {
  return f(caf::meta::type_name("give_up_window"), x.config, x.window, x.kind, x.reason);
}

/// Notes a gap beside what goes on.
struct add_gap {
  config_id config;
  backfill_gap gap;
};

template <class Inspector>
auto inspect(Inspector& f, add_gap& x) {
  return f(caf::meta::type_name("add_gap"), x.config, x.gap);
}

/// Messages that the provider named as a thread's and does not have.
struct excuse_messages {
  config_id config;
  thread_id thread;
  std::vector<message_id> messages;
  std::vector<std::string> reasons; // reasons[i]: of messages[i]
};

template <class Inspector>
auto inspect(Inspector& f, excuse_messages& x) {
  return f(caf::meta::type_name("excuse_messages"), x.config, x.thread, x.messages, x.reasons);
}

/// An attempt at discovery failed; the checkpoint stays.
struct fail_backfill {
  config_id config;
  std::string reason;
  int64_t token = 0; // see `open_backfill`
};

template <class Inspector>
auto inspect(Inspector& f, fail_backfill& x) {
  return f(caf::meta::type_name("fail_backfill"), x.config, x.reason, x.token);
}

/// `final` when that was the last attempt.
struct backfill_failed {
  bool final = false;
};

template <class Inspector>
auto inspect(Inspector& f, backfill_failed& x) {
  return f(caf::meta::type_name("backfill_failed"), x.final);
}

/// How far a backfill is.
struct backfill_progress {
  config_id config;
  inbox_id inbox;
  std::string status;
  uint64_t queued = 0, processing = 0, completed = 0, failed = 0, total = 0, messages = 0;
  bool discovery_done = false;
};

template <class Inspector>
auto inspect(Inspector& f, backfill_progress& x) {
  return f(caf::meta::type_name("backfill_progress"), x.config, x.inbox, x.status, x.queued,
           x.processing, x.completed, x.failed, x.total, x.messages, x.discovery_done);
}

/// Counts the rows of running backfills and publishes the counts in `inbox_sync_stats`.
struct refresh_progress {};

template <class Inspector>
auto inspect(Inspector& f, refresh_progress&) {
  return f(caf::meta::type_name("refresh_progress"));
}

/// One a running backfill.
struct progress_refreshed {
  std::vector<backfill_progress> backfills;
};

template <class Inspector>
auto inspect(Inspector& f, progress_refreshed& x) {
  return f(caf::meta::type_name("progress_refreshed"), x.backfills);
}

/// Completes a backfill if no row of it is unfinished: locks, then looks.
struct complete_backfill {
  config_id config;
};

template <class Inspector>
auto inspect(Inspector& f, complete_backfill& x) {
  return f(caf::meta::type_name("complete_backfill"), x.config);
}

/// False when something was unfinished after all.
struct backfill_completed {
  bool completed = false;
};

template <class Inspector>
auto inspect(Inspector& f, backfill_completed& x) {
  return f(caf::meta::type_name("backfill_completed"), x.completed);
}

/// Tells every node that a backfill may be complete: whoever counts may be elsewhere.
struct announce_completion {};

template <class Inspector>
auto inspect(Inspector& f, announce_completion&) {
  return f(caf::meta::type_name("announce_completion"));
}

/// Looks for `completed` backfills with unfinished threads and reopens them. Also queues failed
/// threads that are due to be asked for once more.
struct recover_backfills {};

template <class Inspector>
auto inspect(Inspector& f, recover_backfills&) {
  return f(caf::meta::type_name("recover_backfills"));
}

/// Which were reopened; there should be none.
struct backfills_recovered {
  std::vector<config_id> configs;
};

template <class Inspector>
auto inspect(Inspector& f, backfills_recovered& x) {
  return f(caf::meta::type_name("backfills_recovered"), x.configs);
}

/// A job of the queue thread_sync_jobs: a thread that some program wants to be synced.
struct accept_thread_job {
  config_id config;
  thread_id thread;
  int64_t sent_at = 0; // microseconds since 1970
};

template <class Inspector>
auto inspect(Inspector& f, accept_thread_job& x) {
  return f(caf::meta::type_name("accept_thread_job"), x.config, x.thread, x.sent_at);
}

/// Done, without more to say.
struct done {};

template <class Inspector>
auto inspect(Inspector& f, done&) {
  return f(caf::meta::type_name("done"));
}

/// What backfills need of the database.
using backfill_database_actor = caf::typed_actor<
  caf::replies_to<claim_threads>::with<threads_claimed>,
  caf::replies_to<end_threads>::with<threads_ended>, caf::replies_to<accept_thread_job>::with<done>,
  caf::replies_to<release_threads>::with<threads_released>,
  caf::replies_to<find_backfills>::with<backfills_found>,
  caf::replies_to<open_backfill>::with<backfill_opened>,
  caf::replies_to<claim_window>::with<window_claimed>,
  caf::replies_to<open_window>::with<window_opened>,
  caf::replies_to<record_page>::with<page_recorded>,
  caf::replies_to<restart_window>::with<window_restarted>,
  caf::replies_to<give_up_window>::with<done>, caf::replies_to<add_gap>::with<done>,
  caf::replies_to<excuse_messages>::with<done>,
  caf::replies_to<fail_backfill>::with<backfill_failed>,
  caf::replies_to<refresh_progress>::with<progress_refreshed>,
  caf::replies_to<complete_backfill>::with<backfill_completed>,
  caf::replies_to<announce_completion>::with<done>,
  caf::replies_to<recover_backfills>::with<backfills_recovered>>;

/// One `write_batch` is one transaction; each item has its own answer.
using mail_database_actor = caf::typed_actor<
  // Items that the server refuses are found by halving and refused alone.
  caf::replies_to<std::vector<store_messages>>::with<std::vector<messages_stored>>>;

} // namespace nova
