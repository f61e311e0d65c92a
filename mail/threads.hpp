#pragma once

#include "mail/ids.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova {

/// A thread of a backfill that this node may work on. Every effect names the token; it fences.
struct thread_claim {
  config_id config;
  thread_id thread;
  inbox_id inbox;
  grant_id grant;
  int64_t token = 0;
  uint32_t attempt = 0; // failures so far
  /// Messages that the provider named as the thread's and that were not stored then: it is
  /// completed when each is, or is excused.
  std::vector<message_id> named = {};
  std::string provider = {};
};

/// A claim that ended without success.
struct thread_failure {
  thread_claim claim;
  std::string reason;
  bool permanent = false; // no further try helps
  bool throttled = false; // back to the queue, no attempt counted
  int64_t delay_ms = 0;   // before the next try
};

/// A thread as a page shows it.
struct listed_thread {
  thread_id id;
  int64_t latest_message_at = 0;         // seconds; 0: not known
  std::vector<message_id> messages = {}; // those that the provider names; may be empty
};

/// A job of the queue thread_sync_jobs: a thread that some program wants to be synced.
struct thread_job {
  thread_id thread;
  int64_t sent_at = 0; // microseconds since 1970
};

} // namespace nova
