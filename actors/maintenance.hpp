#pragma once

#include "actors/maintenance_task.hpp"
#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "base/clock.hpp"
#include "messages/timer.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <map>
#include <string>

namespace nova {

/// Runs every task on its interval. Two of them, on two nodes, share the work.
using maintenance_actor = untold_actor;

struct maintenance_settings {
  /// Messages that one statement makes searchable.
  uint32_t search_batch = 500;
  /// The least pause between two such statements.
  std::chrono::milliseconds search_pause{1000};
  /// The pause is so many times as long as the statement took, so that mail goes first: at most a
  /// tenth of one processor of the server is spent.
  uint32_t search_idle_factor = 9;
  std::chrono::milliseconds prune_interval{std::chrono::hours{1}};
  std::chrono::milliseconds rescue_interval{std::chrono::seconds{10}};
  std::chrono::milliseconds messenger_prune_interval{std::chrono::minutes{10}};
  std::chrono::milliseconds lost_syncs_interval{std::chrono::seconds{30}};
  /// Between two looks for what an older version of the program could not read.
  std::chrono::milliseconds reread_interval{std::chrono::minutes{1}};
  /// After a task failed.
  std::chrono::milliseconds trouble_pause{30'000};
};

struct maintenance_state : observed {
  static inline const char* name = "maintenance";

  explicit maintenance_state(maintenance_actor::pointer self) : observed(self), self(self) {}

  void run(maintenance_task task);

  maintenance_actor::pointer self;
  database_actor database;
  base::clock clock;
  maintenance_settings settings;
  std::map<maintenance_task, std::string> last; // of each task: when it ended, and what it did

private:
  void note(maintenance_task task, const std::string& outcome);
  [[nodiscard]] std::chrono::milliseconds pause_after(maintenance_task task,
                                                      std::chrono::milliseconds took) const;
};

/// Makes mail searchable behind the sync path, forgets what is old and gives back what dead workers
/// held, each on its interval. Its row in the shell says when each ended last.
/// Event-based; at most one request of each task is under way.
maintenance_actor::behavior_type
maintenance(observed_pointer<maintenance_actor, maintenance_state> self, directory_slot slot,
            database_actor database, base::clock clock, maintenance_settings settings);

} // namespace nova
