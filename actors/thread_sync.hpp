#pragma once

#include "actors/grant_calls.hpp"
#include "actors/mail_store.hpp"
#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "actors/wakeups.hpp"
#include "base/backoff.hpp"
#include "mail/threads.hpp"
#include "messages/timer.hpp"
#include "nylas/model.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace nova {

/// How a `thread_sync` ended. retry counts an attempt; later does not (a throttle, a paused grant);
/// stale: another node has the thread by now.
enum class thread_outcome : uint8_t { completed, retry, later, failed, stale };
std::string to_string(thread_outcome);

/// A `thread_sync` is at its end: all of the thread is stored and its claim completed, or why not.
struct thread_ended {
  thread_claim claim;
  thread_outcome outcome = thread_outcome::completed;
  uint32_t messages = 0;
  std::string reason;
  uint32_t delay_ms = 0; // before the next try
};

/// Turns claimed threads into `thread_sync` actors, as many at a time as its window allows.
using thread_dispatcher_actor =
  caf::typed_actor<caf::reacts_to<threads_available>, caf::reacts_to<thread_ended>>;

/// One thread of a backfill: fetches its messages, has them stored together with the completion of
/// its claim.
using thread_sync_actor = untold_actor;

struct thread_sync_settings {
  /// Messages a page; the API takes at most 200. Halved with each failed attempt, and
  /// when an answer is too large.
  int page_limit = 200;
  /// MESSAGE_DELAY_MS: a pause a message, as document 003 has it.
  std::chrono::milliseconds message_delay{0};
  /// A thread with more pages is given up: no mailbox has one.
  uint32_t pages_max = 1000;
  /// A thread of which the list leaves out more of the messages that were named is given up.
  size_t named_max = 2000;
  /// Of the jitter; 0 takes a random one.
  uint64_t seed = 0;
};

/// Everything a `thread_sync` talks to.
struct thread_sync_needs {
  grants_actor grants;
  mail_store_actor store;
  thread_dispatcher_actor parent;
  database_actor database; // for what the provider names and does not have
};

struct thread_sync_state : observed {
  static inline const char* name = "thread_sync";

  explicit thread_sync_state(thread_sync_actor::pointer self) : observed(self), self(self) {}

  void fetch();
  void fetch_next_named();

  thread_sync_actor::pointer self;
  timer rest{self}; // MESSAGE_DELAY_MS
  thread_claim claim;
  thread_sync_needs needs;
  thread_sync_settings settings;
  std::string page_token;
  int page_limit = 0;
  uint32_t pages = 0;
  uint32_t messages = 0;
  bool restarted = false;
  /// Named by the provider and not seen in the pages so far.
  std::set<std::string> unseen;

private:
  void accept(api_answered&& result);
  void accept_page(nylas::page<email_message>&& page, const api_answered& read);
  void fetch_around_large(const std::string& reason);
  void accept_named(const std::string& id, api_answered&& result);
  void store_named(email_message&& message, const api_answered& read);
  void excuse(const std::string& id, const std::string& reason);
  void complete();
  [[nodiscard]] bool ended_early(const api_answered& result) const;
  [[nodiscard]] std::chrono::milliseconds attempt_delay(const base::backoff& between) const;
  void store_page(nylas::page<email_message>&& page, const api_answered& read);
  void stored(const std::string& next_cursor);
  std::vector<message_id> excused_;
  std::vector<std::string> excuses_;
  std::string too_large_; // why a message cannot be had; empty: none is too large
  void refused(const api_answered& result);
  void failed(const caf::error& reason);
  void end(thread_outcome outcome, const std::string& reason = {},
           std::chrono::milliseconds delay = std::chrono::milliseconds{0});
};

/// Fetches one thread's messages, has them stored with the completion of its claim in one
/// transaction, tells its dispatcher and ends. A message that the provider named and that no page
/// shows is asked for by its id; what it does not have then is excused by name. Event-based; lives
/// as long as one thread.
thread_sync_actor::behavior_type
thread_sync(observed_pointer<thread_sync_actor, thread_sync_state> self, directory_slot slot,
            thread_claim claim, thread_sync_needs needs, thread_sync_settings settings);

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::thread_ended)
