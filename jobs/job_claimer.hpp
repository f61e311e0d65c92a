#pragma once

#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "actors/wakeups.hpp"
#include "jobs/brokers.hpp"
#include "jobs/ended_jobs.hpp"
#include "jobs/handler_table.hpp"
#include "jobs/job_metrics.hpp"
#include "jobs/job_sources.hpp"
#include "messages/timer.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_clock.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace nova::jobs {

/// What a claimer has done so far; read by whoever looks, on any thread.
struct job_counts {
  std::atomic<uint64_t> done{0}, retried{0}, failed{0}, snoozed{0};
};

struct job_claimer_settings {
  /// Who holds the leases; see `worker_of_node`.
  std::string worker = "local";
  /// Of the node; 0 outside a cluster.
  int64_t epoch = 0;
  /// Jobs in hand at one time on this node.
  uint32_t window = 64;
  /// A claim is asked for when that much of the window is free.
  uint32_t refill = 16;
  /// Of one claim at most.
  uint32_t batch = 100;
  /// Claims at one time, where more is there than one gets: each has one processor of the server.
  uint32_t claims = 2;
  /// How long a claim holds; it is held for longer while the job runs.
  std::chrono::milliseconds lease{60'000};
  /// Looks for work even when no wakeup came.
  std::chrono::milliseconds poll{5'000};
  /// A drain that takes longer gives back what runs.
  std::chrono::milliseconds drain_limit{15'000};
  /// Of one write that ends jobs.
  size_t ends_per_write = 2'000;
  /// Deliveries of a queue's message before it is given up.
  int32_t tries_max = 5;
  /// Runs of syncs at one time: each has a thread and connections of its own.
  uint32_t syncs_max = 8;
  /// Only these, in that order; none: those that handlers name.
  std::vector<std::string> transports = {};
  /// Of messages: only these; none: all.
  std::vector<std::string> queues = {};
  /// Works at queues that push.
  bool pushes = true;
  /// Ends by itself after so many jobs, or so many that failed; 0: never.
  uint64_t limit = 0, failure_limit = 0;
  std::shared_ptr<job_counts> counts = std::make_shared<job_counts>();
  job_metrics metrics = {};
};

/// All that a claimer is given.
struct job_claimer_needs {
  database_actor database;
  std::shared_ptr<actor_directory> directory; // may be null
  /// Gives out what brokers deliver; null: nothing of their transports is done.
  brokers_actor brokers = {};
  handler_registry built_in = {};
  handler_makers makers = {};
  /// Of tasks of upkeep; nothing: none is claimed.
  std::optional<handler> tasks = {};
  /// Of runs of syncs; nothing: none is claimed.
  std::optional<handler> syncs = {};
};

/// Claims the jobs of this node and has each done by an actor of its own, under a window: credit
/// instead of polling. Leases are held for longer by one statement a tick, ended jobs are written
/// in arrays, one write at a time.
///
///   claimed ─▶ in hand ─(an actor each)─▶ ended ─▶ written
///      └─(its last worker ended without a word)─▶ alone, when nothing else is in hand
struct job_claimer_state : observed {
  static inline const char* name = "job_claimer";

  explicit job_claimer_state(jobs_wakeup_actor::pointer self) : observed(self), self(self) {}

  void start();
  void hear(const jobs_available& news);
  void hear(const queue_woken& news);
  void drain();
  /// True when it was a child of ours.
  bool child_exited(const caf::actor_addr& child);

  jobs_wakeup_actor::pointer self;
  job_claimer_needs needs;
  job_claimer_settings settings;

private:
  struct claim_source {
    source from;
    std::string place;
    bool due = false;  // stands in due_
    bool full = false; // its last claim got all that it asked for: more is there
  };

  struct running_batch {
    std::shared_ptr<const std::vector<claimed_job>> jobs;
    handler_actor child;
    directory_slot slot;
    caf::actor_clock::time_point began;
  };

  void look_for_sources();
  void use(look_for_handlers::answer&& found);
  void mark_due(size_t which);
  void mark_all_due(source from);
  void mark_due(source from, const std::string& place);
  void poll();
  void look_at_queues();
  void see_ahead();
  void come_back(timer& when, std::optional<std::chrono::milliseconds> in, source from);
  void look();
  void claim(source from, const std::string& place);
  void claim_deliveries_of(const std::string& transport, uint32_t wanted);
  void claimed(source from, const std::string& place, std::vector<claimed_job>&& jobs,
               uint32_t asked);
  void hand_out(std::vector<claimed_job>&& jobs);
  void ask_for_permits(const handler& how, std::vector<claimed_job>&& jobs);
  void permitted(std::vector<claimed_job>&& jobs,
                 const std::vector<std::chrono::milliseconds>& waits);
  void run_all(std::vector<claimed_job>&& jobs);
  void give_back(std::vector<claimed_job>&& jobs);
  void run_alone();
  void run(std::vector<claimed_job>&& jobs, const handler& how);
  void answered(uint64_t number, const std::vector<job_outcome>& outcomes);
  void broke(uint64_t number, const caf::error& reason, std::chrono::milliseconds limit);
  void end(const claimed_job& job, job_outcome outcome, std::chrono::milliseconds took = {});
  void write();
  void hold();
  void lost(const std::vector<int64_t>& ids);
  void give_up_running();
  void end_if_drained();
  [[nodiscard]] const handler* handler_of(const claimed_job& job) const;
  [[nodiscard]] uint32_t credit() const;
  [[nodiscard]] uint32_t credit_of(source from) const;
  void show() const;

  handler_table handlers_;
  std::string digest_; // of what the table was made of
  std::vector<claim_source> sources_;
  std::unordered_map<std::string, size_t> places_; // of sources_, by name
  std::deque<size_t> due_;
  size_t next_queue_ = 0; // to look at when the poll comes
  std::unordered_map<uint64_t, running_batch> running_;
  std::unordered_set<caf::actor_addr> children_;
  std::deque<claimed_job> alone_; // wait to run alone
  std::optional<ended_jobs> ended_;
  uint64_t batches_ = 0;
  uint64_t taken_ = 0;                            // jobs
  size_t asking_ = 0;                             // jobs that wait for a permit
  size_t in_running_ = 0;                         // jobs
  uint32_t syncs_asked_ = 0;                      // of claims that are under way
  bool messenger_ = false, integrations_ = false; // are installed
  std::set<std::string> brokers_;                 // transports whose messages brokers deliver
  bool looked_ = false;                           // for handlers, at least once
  bool looking_ = false;                          // for handlers
  bool look_again_ = false;
  uint32_t claims_ = 0;    // under way
  uint64_t asked_ = 0;     // jobs that they may bring
  bool one_alone_ = false; // runs
  bool writing_ = false;
  bool draining_ = false;
  bool ahead_ = false; // looks when the next delayed message comes
  timer next_poll_{self};
  timer next_message_{self};
  timer next_task_{self};
  timer next_sync_{self};
  timer next_hold_{self};
  timer drain_ends_{self};
  timer write_again_{self};
};

/// See `job_claimer_state`. Drains when it is told to shut down.
jobs_wakeup_actor::behavior_type
job_claimer(observed_pointer<jobs_wakeup_actor, job_claimer_state> self, directory_slot slot,
            job_claimer_needs needs, job_claimer_settings settings);

} // namespace nova::jobs
