#include "actors/maintenance.hpp"

#include "base/log.hpp"
#include "messages/error.hpp"
#include "messages/timed_request.hpp"

#include <caf/stateful_actor.hpp>

#include <algorithm>

namespace nova {
namespace {

constexpr base::log log{"Maintenance"};

// The server ends a statement after a minute.
constexpr std::chrono::seconds database_timeout{90};

} // namespace

std::chrono::milliseconds maintenance_state::pause_after(maintenance_task task,
                                                         std::chrono::milliseconds took) const {
  if (task == maintenance_task::prune)
    return settings.prune_interval;
  return std::max(settings.search_pause, took * settings.search_idle_factor);
}

void maintenance_state::run(maintenance_task task) {
  auto began = clock();
  timed_request(self, database, database_timeout, run_maintenance{task, settings.search_batch})
    .then(
      [this, task, began](const maintenance_done& done) {
        if (done.rows > 0)
          log.debug("done", {{"task", to_string(task)}, {"rows", done.rows}});
        auto took = std::chrono::ceil<std::chrono::milliseconds>(clock() - began);
        self->delayed_send(self, pause_after(task, took), maintenance_due{task});
      },
      [this, task](const caf::error& reason) {
        log.warn("not done; tried again later",
                 {{"task", to_string(task)}, {"reason", describe(reason)}});
        self->delayed_send(self, settings.trouble_pause, maintenance_due{task});
      });
}

maintenance_actor::behavior_type
maintenance(maintenance_actor::stateful_pointer<maintenance_state> self, base::directory_slot slot,
            maintenance_database_actor database, base::clock clock, maintenance_settings settings) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->state.clock = std::move(clock);
  self->state.settings = settings;
  for (auto task : {maintenance_task::fill_search, maintenance_task::prune})
    self->send(self, maintenance_due{task});
  return {
    [self](const maintenance_due& due) { self->state.run(due.task); },
  };
}

} // namespace nova
