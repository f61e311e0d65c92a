#pragma once

#include "actors/backfill.hpp"
#include "actors/lease_board.hpp"
#include "actors/observed_actor.hpp"
#include "actors/queue_work.hpp"
#include "messages/timer.hpp"

#include <caf/actor_addr.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace nova {

/// Begin to list a configuration's threads, unless that runs already.
struct start_backfill {
  config_id config;
};

/// Keeps one `backfill` running for each configuration that has threads to list.
using backfills_actor = caf::typed_actor<
  // A job of the queue inbox_backfill_jobs: `{"config_id": "…"}`.
  caf::replies_to<queue_message>::with<work_ended>, caf::reacts_to<start_backfill>,
  caf::reacts_to<lease_changed>>;

struct backfills_settings {
  /// POLL_INTERVAL_MS: looks for backfills that nobody lists.
  std::chrono::milliseconds poll{5000};
  /// Backfills listed at one time on this node.
  size_t running_max = 64;
  /// Leases asked for at one time.
  size_t wishes_max = 256;
  backfill_settings backfill;
};

/// Keeps one `backfill` for each configuration with threads to list. The rows say which those are;
/// queue jobs and wakeups only make it look at once. In a cluster each works under the lease
/// `backfill:ID`, so that it is one in the cluster:
///
///   found ─(want the lease)─▶ wished ─(lease_changed, a token)─▶ running ─(ended)─▶ forgotten
///                                ◀──(lease_changed, 0: the child is ended)──┘
///
/// Who holds the lease supervises, which need not be where it runs: `backfill_needs::place` spreads
/// them over the nodes, and what a node drops runs on another at once, under the same lease.
struct backfills_state : observed {
  static inline const char* name = "backfills";

  explicit backfills_state(backfills_actor::pointer self) : observed(self), self(self) {}

  struct child_entry {
    config_id config;
    directory_slot entry;
    /// Where it runs, with the nodes that were tried before; empty: here.
    std::set<int64_t> tried = {};
    /// Who only waits for what others do is held by nobody else.
    caf::strong_actor_ptr held = {};
  };

  caf::result<work_ended> accept_job(const queue_message& job);
  void look();
  void start(const config_id& config);
  void lease_told(const lease_changed& news);
  void stop(const caf::error& reason);
  void child_down(const caf::actor_addr& child, const caf::error& reason);
  bool child_exited(const caf::actor_addr& child);

  backfills_actor::pointer self;
  backfill_needs needs;
  backfills_settings settings;
  std::map<config_id, caf::actor_addr> running;
  /// The leases that were asked for, with the token of those that are held, else 0.
  std::map<config_id, int64_t> wished;
  std::unordered_map<caf::actor_addr, child_entry> children;
  /// Crashed children of which one of the two tidings is still to come.
  std::unordered_set<caf::actor_addr> half_gone;
  uint64_t placed = 0; // on other nodes, ever
  timer next_look{self};

private:
  void look_after(std::chrono::milliseconds delay);
  void spawn(const config_id& config, int64_t token, std::set<int64_t> avoided = {});
  caf::strong_actor_ptr place(const config_id& config, int64_t token, const peer& host,
                              const directory_slot& entry);
  [[nodiscard]] bool moved(const child_entry& child, const caf::error& reason);
  void wish(const config_id& config);
  void forget(const config_id& config);
  void forget_others(const std::vector<backfill_config>& found);
};

backfills_actor::behavior_type backfills(observed_pointer<backfills_actor, backfills_state> self,
                                         directory_slot slot, backfill_needs needs,
                                         backfills_settings settings);

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::start_backfill)
