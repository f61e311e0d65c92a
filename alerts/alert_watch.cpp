#include "alerts/alert_watch.hpp"

#include "alerts/alert_rules.hpp"
#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "pg/findings.hpp"
#include "pg/jobs/prune_alerts.hpp"

#include <caf/stateful_actor.hpp>
#include <fmt/format.h>

#include <utility>

namespace nova::alerts {
namespace {

constexpr base::log watch_log{"AlertWatch"};

base::gauge open_of(base::metrics& all, const char* severity) {
  return all.gauge_of({"nova_alerts_open", "Alerts that are open.", {{"severity", severity}}});
}

} // namespace

watch_metrics::watch_metrics(base::metrics& all)
  : open_warning(open_of(all, "warning")), open_critical(open_of(all, "critical")) {}

std::optional<pg::alerts_watched> look_for_alerts::run(pg::connection& conn) const {
  auto troubles = pg::find_troubles(conn, findings_max);
  if (!troubles)
    return {};
  return alerts_of(*troubles, now).run(conn);
}

void alert_watch_state::look() {
  constexpr auto what = "look for alerts";
  ask(self, database, look_for_alerts{settings.findings_max, settings.clock()})
    .then(
      [this](const std::optional<pg::alerts_watched>& seen) {
        could(watch_log, what);
        if (seen) {
          settings.metrics.open_warning.set(static_cast<double>(seen->open_warning));
          settings.metrics.open_critical.set(static_cast<double>(seen->open_critical));
          doing(fmt::format("{} critical and {} other alerts are open", seen->open_critical,
                            seen->open_warning));
        }
        next_look_.after(settings.look, [this] { look(); });
      },
      [this](const caf::error& reason) {
        could_not(watch_log, what, describe(reason));
        next_look_.after(settings.look, [this] { look(); });
      });
}

void alert_watch_state::prune() {
  constexpr auto what = "forget old alerts";
  next_prune_.after(settings.prune, [this] { prune(); });
  ask(self, database, pg::prune_alerts{})
    .then([this](int64_t) { could(watch_log, what); },
          [this](const caf::error& reason) { could_not(watch_log, what, describe(reason)); });
}

alert_watch_actor::behavior_type
alert_watch(observed_pointer<alert_watch_actor, alert_watch_state> self, directory_slot slot,
            database_actor database, alert_watch_settings settings) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->state.settings = std::move(settings);
  self->state.look();
  self->state.prune();
  return untold();
}

} // namespace nova::alerts
