#include "actors/maintenance.hpp"

#include "actors/rejects.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "messages/timer.hpp"
#include "pg/cluster/prune_cluster_history.hpp"
#include "pg/email/fill_search.hpp"
#include "pg/email/prune_mail_journal.hpp"
#include "pg/email/sweep_attachment_contents.hpp"
#include "pg/integrations/close_lost_syncs.hpp"
#include "pg/integrations/prune_syncs.hpp"
#include "pg/messenger/messenger_prune.hpp"
#include "pg/messenger/messenger_rescue.hpp"
#include "pg/systems.hpp"

#include <caf/stateful_actor.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace nova {
namespace {

constexpr base::log maintenance_log{"Maintenance"};

// The server ends a statement after a minute.
constexpr std::chrono::seconds database_timeout{90};

} // namespace

std::string to_string(maintenance_task task) {
  switch (task) {
    case maintenance_task::fill_search: return "fill_search";
    case maintenance_task::prune: return "prune";
    case maintenance_task::reread: return "reread";
    case maintenance_task::messenger_rescue: return "messenger_rescue";
    case maintenance_task::messenger_prune: return "messenger_prune";
    case maintenance_task::close_lost_syncs: return "close_lost_syncs";
  }
  return "unknown";
}

uint64_t run_maintenance::run(pg::connection& conn) const {
  switch (task) {
    case maintenance_task::fill_search: return pg::fill_search{limit}.run(conn);
    case maintenance_task::prune: {
      auto gone = pg::prune_cluster_history{}.run(conn);
      return static_cast<uint64_t>(gone.failures + gone.nodes) + pg::prune_mail_journal{}.run(conn)
             + pg::sweep_attachment_contents{}.run(conn)
             + (pg::has_system(conn, "integrations") ? pg::prune_syncs{}.run(conn) : 0);
    }
    case maintenance_task::reread: return reread_rejects(conn, limit);
    case maintenance_task::messenger_rescue:
      return pg::has_system(conn, "messenger") ? pg::messenger_rescue{}.run(conn) : 0;
    case maintenance_task::messenger_prune:
      return pg::has_system(conn, "messenger") ? pg::messenger_prune{}.run(conn) : 0;
    case maintenance_task::close_lost_syncs:
      return pg::has_system(conn, "integrations") ? pg::close_lost_syncs{}.run(conn) : 0;
  }
  return 0;
}

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
