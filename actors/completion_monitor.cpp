#include "actors/completion_monitor.hpp"

#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "pg/email/recover_premature_completions.hpp"
#include "pg/email/refresh_progress.hpp"
#include "pg/email/revisit_threads.hpp"
#include "pg/email/try_complete_backfill.hpp"

#include <caf/stateful_actor.hpp>

#include <utility>

namespace nova {
namespace {

constexpr base::log completion_monitor_log{"Monitor"};

using namespace std::chrono_literals;

constexpr uint32_t threads_revisited_max = 1000; // once a minute

bool looks_finished(const backfill_progress& progress) {
  return progress.status == "thread_sync" && progress.queued == 0 && progress.processing == 0;
}

} // namespace

void completion_monitor_state::check_after(std::chrono::milliseconds delay) {
  next_check.after(delay, [this] { check(); });
}

void completion_monitor_state::check() {
  if (checking) {
    // What is being counted may be from before the wakeup.
    woken = true;
    return;
  }
  checking = true;
  ask(self, database, pg::refresh_progress{})
    .then(
      [this](const std::vector<backfill_progress>& counted) {
        checking = false;
        judge(counted);
      },
      [this](const caf::error& reason) {
        checking = false;
        completion_monitor_log.warn("cannot count", {{"reason", to_string(reason)}});
        check_after(retry_pause);
      });
}

void completion_monitor_state::judge(const std::vector<backfill_progress>& counted) {
  std::map<config_id, uint32_t> seen;
  bool again = false;
  for (const auto& progress : counted) {
    completion_monitor_log.debug("progress", {{"config", progress.config},
                                              {"status", progress.status},
                                              {"total", progress.total},
                                              {"completed", progress.completed},
                                              {"failed", progress.failed}});
    if (!looks_finished(progress))
      continue;
    auto count = looks[progress.config] + 1;
    seen[progress.config] = count;
    if (count >= 2)
      complete(progress.config);
    else
      again = true;
  }
  looks = std::move(seen);
  again = again || std::exchange(woken, false);
  check_after(again ? settings.second_look : settings.interval);
}

void completion_monitor_state::complete(const config_id& config) {
  ask(self, database, pg::try_complete_backfill{config})
    .then(
      [this, config](bool completed) {
        looks.erase(config);
        if (completed)
          completion_monitor_log.info("backfill completed", {{"config", config}});
      },
      [this, config](const caf::error& reason) {
        completion_monitor_log.warn("cannot complete",
                                    {{"config", config}, {"reason", to_string(reason)}});
      });
}

void completion_monitor_state::recover() {
  ask(self, database, pg::revisit_threads{threads_revisited_max})
    .then([](uint64_t) {},
          [](const caf::error& reason) {
            completion_monitor_log.warn("cannot look for failed threads that are due",
                                        {{"reason", to_string(reason)}});
          });
  ask(self, database, pg::recover_premature_completions{})
    .then(
      [this](const std::vector<config_id>& reopened) {
        for (const auto& config : reopened)
          completion_monitor_log.error("completed too early: back to thread_sync",
                                       {{"config", config}});
        next_recovery.after(settings.recovery_interval, [this] { recover(); });
      },
      [this](const caf::error& reason) {
        completion_monitor_log.warn("cannot look for premature completions",
                                    {{"reason", to_string(reason)}});
        next_recovery.after(settings.recovery_interval, [this] { recover(); });
      });
}

completion_monitor_actor::behavior_type
completion_monitor(observed_pointer<completion_monitor_actor, completion_monitor_state> self,
                   directory_slot slot, database_actor database,
                   completion_monitor_settings settings) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->state.settings = settings;
  self->state.check();
  if (settings.recovery)
    self->state.recover();
  return {
    [self](check_completion) { self->state.check(); },
  };
}

} // namespace nova
