#pragma once

#include "actors/directory.hpp"
#include "actors/supervision.hpp"
#include "base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nova {

/// What a supervisor says of one of its children, for who looks: it is put into the directory when
/// it changes, so that nobody waits for the supervisor.
struct child_standing {
  uint64_t order = 0;     // among its siblings, as they are started, from 1
  std::string supervisor; // its path
  supervision_rules rules;
  std::vector<base::wall_time> restarts; // that count for its limit, the oldest first
  uint32_t ends_in_row = 0;              // see `child_end`, the last one included
};

/// When restarts were, oldest first: `now` and `wall_now` are the same moment.
[[nodiscard]] std::vector<base::wall_time> on_the_wall(const restart_history& history,
                                                       restart_history::time_point now,
                                                       base::wall_time wall_now);

/// How often a child may be restarted still.
struct restart_budget {
  uint32_t used = 0;   // within the window
  uint32_t in_row = 0; // the last ends, each soon after its start
  bool used_up = false;
  std::chrono::milliseconds delay{0}; // before the next restart
};

/// What is left to the actor of that row at that time.
[[nodiscard]] restart_budget budget_of(const child_standing& child, const actor_row& row,
                                       base::wall_time now);

/// What becomes of it beyond its limit: `parked by role/threads`, or `node/n1 ends`.
[[nodiscard]] std::string beyond_text(const child_standing& child);

/// The same as a sentence: `restarts 3 of 5 in 60 s, next after 400 ms, beyond it: parked by
/// role/threads`.
[[nodiscard]] std::string budget_text(const child_standing& child, const actor_row& row,
                                      base::wall_time now);

} // namespace nova
