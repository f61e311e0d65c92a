#pragma once

#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "actors/wakeups.hpp"
#include "messages/timer.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace nova::jobs {

struct schedules_settings {
  /// Looks for due slots even when nobody said that a schedule has changed.
  std::chrono::milliseconds poll{30'000};
  /// After a slot could not be sent: it stays due.
  std::chrono::milliseconds trouble_pause{1'000};
};

/// Sends the messages of the schedules that are due, and looks when the next one is.
struct run_due_schedules {
  static constexpr const char* name = "run_due_schedules";

  struct answer {
    uint64_t sent = 0;
    std::optional<std::chrono::milliseconds> next; // nothing: no schedule has a next slot
  };

  answer run(pg::connection& conn) const;
};

/// Sends what schedules send, by the database's clock: it sleeps until the next slot. One is enough
/// in a cluster; two would send each slot once too.
struct schedules_state : observed {
  static inline const char* name = "schedules";

  explicit schedules_state(jobs_wakeup_actor::pointer self) : observed(self), self(self) {}

  void run();

  jobs_wakeup_actor::pointer self;
  database_actor database;
  schedules_settings settings;

private:
  bool running_ = false;
  bool again_ = false;
  uint64_t sent_ = 0;
  timer next_slot_{self};
};

jobs_wakeup_actor::behavior_type
schedules(observed_pointer<jobs_wakeup_actor, schedules_state> self, directory_slot slot,
          database_actor database, schedules_settings settings);

} // namespace nova::jobs
