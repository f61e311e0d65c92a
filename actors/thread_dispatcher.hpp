#pragma once

#include "actors/actor_metrics.hpp"
#include "actors/live_limits.hpp"
#include "actors/observed_actor.hpp"
#include "actors/thread_sync.hpp"
#include "actors/wakeups.hpp"
#include "messages/timer.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_clock.hpp>

#include <optional>
#include <unordered_map>
#include <vector>

namespace nova {

struct thread_dispatcher_settings {
  std::string node = "local";
  int64_t epoch = 0;
  /// Threads under way at one time on this node.
  uint32_t window = 192;
  /// A claim is asked for when that much of the window is free, so that each takes many rows.
  uint32_t refill = 64;
  /// POLL_INTERVAL_MS: looks for work even when no wakeup came.
  std::chrono::milliseconds poll{5000};
  /// THREAD_DELAY_MS: one thread at a time with that pause between two, as document 003 has it.
  std::chrono::milliseconds thread_delay{0};
  /// A thread that takes longer goes back to the queue: it waits for something that never comes.
  std::chrono::milliseconds thread_limit = std::chrono::hours{2};
  /// A drain that takes longer ends as it is; what it could not write, the node's end gives back.
  /// Shorter than its supervisor waits.
  std::chrono::milliseconds drain_limit{15'000};
  std::chrono::milliseconds overdue_look{5'000};
  /// What operators changed meanwhile; may be null.
  std::shared_ptr<const live_limits> live;
  thread_sync_settings thread;
  thread_metrics metrics;
};

/// Everything a dispatcher talks to.
struct thread_dispatcher_needs {
  database_actor database;
  grants_actor grants;
  mail_store_actor store;
  completion_wakeup_actor monitor;            // woken when nothing is left; may be null
  std::shared_ptr<actor_directory> directory; // where its children are entered; may be null
};

/// A `thread_sync` as its dispatcher knows it.
struct running_thread {
  std::optional<thread_claim> claim; // until it has reported
  caf::actor_clock::time_point began{};
  directory_slot entry;
};

struct thread_dispatcher_state : observed {
  static inline const char* name = "thread_dispatcher";

  explicit thread_dispatcher_state(thread_dispatcher_actor::pointer self)
    : observed(self), self(self) {}

  void start();
  /// There may be threads to claim.
  void wake();
  void look();
  void ended(thread_ended&& result);
  /// True when it was a child of ours.
  bool child_exited(const caf::actor_addr& child, const caf::error& reason);
  void write_failures();
  void drain();
  /// Ends threads and a drain that took too long.
  void end_overdue();
  /// Ends the threads of backfills that somebody has cancelled.
  void end_cancelled();
  void tick();

  thread_dispatcher_actor::pointer self;
  thread_dispatcher_needs needs;
  thread_dispatcher_settings settings;
  /// Who runs, until it ended.
  std::unordered_map<caf::actor_addr, running_thread> running;
  std::vector<thread_failure> failures;
  bool released = false; // what an earlier life of this node held
  bool claiming = false;
  bool woken = false;    // since the claim began
  bool draining = false; // finishes what runs, claims nothing
  caf::actor_clock::time_point draining_since{};
  bool more = true;       // the last claim was full, or a wakeup came since
  bool ended_some = true; // since the monitor was woken; an earlier run may have
  bool writing_failures = false;
  timer overdue{self};
  timer flush_failures{self};
  timer next_tick{self};
  std::optional<caf::actor_clock::time_point> tick_due; // of the newest tick, until it came
  caf::actor_clock::time_point rest_until{};            // THREAD_DELAY_MS after a thread
  uint64_t completed = 0;

private:
  void wake_completion();
  void release_held();
  void rest();
  void run(thread_claim&& claim);
  void claimed(std::vector<thread_claim>& claims, uint32_t asked);
  void tick_after(std::chrono::milliseconds delay);
  void fail(thread_failure&& failure);
  void give_up(const caf::actor_addr& child, running_thread& thread, const std::string& why);
  [[nodiscard]] uint32_t window() const;
};

/// Turns claimed rows into `thread_sync` actors under a bounded window: credit, not polling. Its
/// children are linked to it, so that none outlives it; a crash of one is a failed attempt of its
/// thread.
thread_dispatcher_actor::behavior_type
thread_dispatcher(observed_pointer<thread_dispatcher_actor, thread_dispatcher_state> self,
                  directory_slot slot, thread_dispatcher_needs needs,
                  thread_dispatcher_settings settings);

} // namespace nova
