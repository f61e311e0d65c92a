#pragma once

#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "messages/timer.hpp"
#include "pg/jobs/watch_alerts.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace nova::alerts {

using alert_watch_actor = untold_actor;

struct watch_metrics {
  explicit watch_metrics(base::metrics& all);
  watch_metrics() = default;

  base::gauge open_warning, open_critical;
};

struct alert_watch_settings {
  std::chrono::milliseconds look{10'000};
  std::chrono::milliseconds prune{3'600'000};
  int64_t findings_max = 10'000; // with more of them, none is taken for over
  base::clock clock = base::wall_now;
  watch_metrics metrics = {};
};

/// One look: what `doctor` finds becomes alerts, and alerts that it finds no longer are over.
/// Nothing when it could not see everything.
struct look_for_alerts {
  static constexpr const char* name = "look_for_alerts";

  int64_t findings_max = 0;
  base::wall_time now;

  std::optional<pg::alerts_watched> run(pg::connection& conn) const;
};

/// Every ten seconds. Event-based, once in the cluster; two would write the same.
struct alert_watch_state : observed {
  static inline const char* name = "alert_watch";

  explicit alert_watch_state(alert_watch_actor::pointer self) : observed(self), self(self) {}

  void look();
  void prune();

  alert_watch_actor::pointer self;
  database_actor database;
  alert_watch_settings settings;

private:
  timer next_look_{self}, next_prune_{self};
};

alert_watch_actor::behavior_type
alert_watch(observed_pointer<alert_watch_actor, alert_watch_state> self, directory_slot slot,
            database_actor database, alert_watch_settings settings);

} // namespace nova::alerts
