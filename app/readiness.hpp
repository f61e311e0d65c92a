#pragma once

#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "base/clock.hpp"
#include "messages/timer.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace nova::app {

/// Why the node cannot work now, one sentence each. Written by the `readiness` actor, read by
/// `/readyz` without waiting.
class readiness_board {
public:
  void set(std::vector<std::string> reasons);
  [[nodiscard]] std::vector<std::string> reasons() const;

  /// Called by an actor once a second, whatever the database does: as long as that goes on, the
  /// node's actors run.
  void tick();
  /// Called with each tick, by the same actor; may be empty.
  void on_tick(std::function<void()> told);
  /// When it was last called; before the first time, when the board was made.
  [[nodiscard]] std::chrono::steady_clock::time_point last_tick() const;

private:
  mutable std::mutex mutex_;
  std::function<void()> told_;
  std::vector<std::string> reasons_{"the database was not asked yet"};
  std::chrono::steady_clock::time_point last_tick_ = base::monotonic_now();
};

using readiness_actor = untold_actor;

struct readiness_state : observed {
  static inline const char* name = "readiness";

  explicit readiness_state(readiness_actor::pointer self) : observed(self), self(self) {}

  void look();

  readiness_actor::pointer self;
  database_actor database;
  std::shared_ptr<readiness_board> board;
  timer next_look{self};
  bool asking = false;
};

/// Ticks once a second, asks the database for something small and keeps the board.
readiness_actor::behavior_type readiness(observed_pointer<readiness_actor, readiness_state> self,
                                         directory_slot slot, database_actor database,
                                         std::shared_ptr<readiness_board> board);

} // namespace nova::app
