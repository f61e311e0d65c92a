#pragma once

#include "actors/actor_metrics.hpp"
#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "actors/wakeups.hpp"
#include "base/clock.hpp"
#include "mail/windows.hpp"
#include "messages/timer.hpp"
#include "pg/email/note_estimate.hpp"

#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <map>
#include <vector>

namespace nova {

/// Publishes progress, completes backfills, repairs what was completed too early. One in the
/// cluster.
using completion_monitor_actor = caf::typed_actor<caf::reacts_to<check_completion>>;

struct completion_monitor_settings {
  /// COMPLETION_CHECK_INTERVAL_MS
  std::chrono::milliseconds interval{5000};
  /// ENABLE_AUTO_RECOVERY and RECOVERY_CHECK_INTERVAL_MS
  bool recovery = true;
  std::chrono::milliseconds recovery_interval{60'000};
  /// Between the first look that finds everything done and the second, which may complete.
  std::chrono::milliseconds second_look{50};
  backfill_metrics metrics;
  base::clock wall = base::wall_now;
};

/// Publishes progress and when it will be done, and completes backfills. A configuration must look
/// finished twice before it is asked to complete, and even then the database locks and looks for
/// itself.
struct completion_monitor_state : observed {
  static inline const char* name = "completion_monitor";

  explicit completion_monitor_state(completion_monitor_actor::pointer self)
    : observed(self), self(self) {}

  void check();
  void recover();

  completion_monitor_actor::pointer self;
  database_actor database;
  completion_monitor_settings settings;
  /// How often in a row each looked finished.
  std::map<config_id, uint32_t> looks;
  /// When the log was told last how far each is.
  std::map<config_id, std::chrono::steady_clock::time_point> told;
  /// What the last look at each that runs came to.
  std::map<config_id, pg::note_estimate> estimates;
  bool checking = false;
  bool woken = false; // while it was checking
  timer next_check{self};
  timer next_recovery{self};

private:
  void judge(const std::vector<backfill_progress>& counted);
  void complete(const config_id& config);
  void estimate(const config_id& config);
  void show();
  void tell(const backfill_progress& progress);
  void check_after(std::chrono::milliseconds delay);
};

completion_monitor_actor::behavior_type
completion_monitor(observed_pointer<completion_monitor_actor, completion_monitor_state> self,
                   directory_slot slot, database_actor database,
                   completion_monitor_settings settings);

} // namespace nova
