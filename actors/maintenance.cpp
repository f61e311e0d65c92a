#include "actors/maintenance.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "messages/timer.hpp"

#include <caf/stateful_actor.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace nova {
namespace {

constexpr base::log maintenance_log{"Maintenance"};

// The server ends a statement after a minute.
constexpr std::chrono::seconds database_timeout{90};

} // namespace

std::chrono::milliseconds maintenance_state::pause_after(maintenance_task task,
                                                         std::chrono::milliseconds took) const {
  switch (task) {
    case maintenance_task::prune: return settings.prune_interval;
    case maintenance_task::reread: return settings.reread_interval;
    case maintenance_task::messenger_rescue: return settings.rescue_interval;
    case maintenance_task::messenger_prune: return settings.messenger_prune_interval;
    case maintenance_task::close_lost_syncs: return settings.lost_syncs_interval;
    case maintenance_task::fill_search: break;
  }
  return std::max(settings.search_pause, took * settings.search_idle_factor);
}

void maintenance_state::note(maintenance_task task, const std::string& outcome) {
  auto seconds =
    std::chrono::duration_cast<std::chrono::seconds>(clock().time_since_epoch()).count() % 86'400;
  last[task] = fmt::format("{} {:02}:{:02}:{:02} {}", to_string(task), seconds / 3'600,
                           seconds / 60 % 60, seconds % 60, outcome);
  std::string all;
  for (const auto& [which, sentence] : last)
    all += (all.empty() ? "last, UTC: " : ", ") + sentence;
  slot.doing(all);
}

void maintenance_state::run(maintenance_task task) {
  auto began = clock();
  ask(self, database, run_maintenance{task, settings.search_batch}, database_timeout)
    .then(
      [this, task, began](uint64_t rows) {
        note(task, std::to_string(rows));
        if (rows > 0)
          maintenance_log.debug("done", {{"task", to_string(task)}, {"rows", rows}});
        auto took = std::chrono::ceil<std::chrono::milliseconds>(clock() - began);
        call_after(self, pause_after(task, took), [this, task] { run(task); });
      },
      [this, task](const caf::error& reason) {
        note(task, "failed");
        maintenance_log.warn("not done; tried again later",
                             {{"task", to_string(task)}, {"reason", describe(reason)}});
        call_after(self, settings.trouble_pause, [this, task] { run(task); });
      });
}

maintenance_actor::behavior_type
maintenance(observed_pointer<maintenance_actor, maintenance_state> self, directory_slot slot,
            database_actor database, base::clock clock, maintenance_settings settings) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->state.clock = std::move(clock);
  self->state.settings = settings;
  for (auto task : {maintenance_task::fill_search, maintenance_task::prune,
                    maintenance_task::reread, maintenance_task::messenger_rescue,
                    maintenance_task::messenger_prune, maintenance_task::close_lost_syncs})
    self->state.run(task);
  return untold();
}

} // namespace nova
