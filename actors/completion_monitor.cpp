#include "actors/completion_monitor.hpp"

#include "base/log.hpp"
#include "mail/backfill_work.hpp"
#include "mail/time_left.hpp"
#include "messages/error_code.hpp"
#include "pg/email/backfill_work_of.hpp"
#include "pg/email/recover_premature_completions.hpp"
#include "pg/email/refresh_progress.hpp"
#include "pg/email/revisit_threads.hpp"
#include "pg/email/try_complete_backfill.hpp"

#include <caf/stateful_actor.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nova {
namespace {

constexpr base::log completion_monitor_log{"Monitor"};

using namespace std::chrono_literals;

constexpr auto told_each = 1min;
constexpr uint32_t threads_revisited_max = 1000; // once a minute

/// What a look at a backfill says of the time that it takes still.
pg::note_estimate estimate_of(const config_id& config, pg::backfill_look&& look,
                              base::wall_time now) {
  auto left = weigh(look.work);
  work_trace trace{look.trace};
  trace.add(std::chrono::floor<std::chrono::milliseconds>(now), left.done, look.running);
  pg::note_estimate note{config};
  note.binds = std::move(look.binds);
  note.messages = static_cast<uint64_t>(left.messages);
  note.trace = trace.kept();
  if (look.work.windows.empty()) // they are to be planned
    return note;
  if (left.done > 0)
    note.share = left.done / (left.done + left.left);
  if (look.running)
    note.left = trace.time_for(left.left, left.left_error);
  if (left.usable_left <= 0)
    note.usable = std::chrono::seconds{0};
  else if (note.left)
    note.usable = trace.time_for(left.usable_left, left.left_error)->expected;
  // A moment at least: what is 0 is there.
  if (note.usable && left.usable_left > 0)
    note.usable = std::max(*note.usable, std::chrono::seconds{1});
  return note;
}

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
  constexpr auto what = "count what is done";
  ask(self, database, pg::refresh_progress{})
    .then(
      [this](const std::vector<backfill_progress>& counted) {
        could(completion_monitor_log, what);
        checking = false;
        judge(counted);
      },
      [this](const caf::error& reason) {
        checking = false;
        could_not(completion_monitor_log, what, to_string(reason));
        check_after(retry_pause);
      });
}

void completion_monitor_state::judge(const std::vector<backfill_progress>& counted) {
  std::map<config_id, uint32_t> seen;
  bool again = false;
  for (const auto& progress : counted) {
    tell(progress);
    estimate(progress.config);
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
  auto over = [&](const auto& entry) {
    return std::ranges::find(counted, entry.first, &backfill_progress::config) == counted.end();
  };
  std::erase_if(estimates, over);
  std::erase_if(told, over);
  show();
  again = again || std::exchange(woken, false);
  check_after(again ? settings.second_look : settings.interval);
}

void completion_monitor_state::estimate(const config_id& config) {
  auto failed = [config](const caf::error& reason) {
    completion_monitor_log.debug("cannot estimate",
                                 {{"config", config}, {"reason", to_string(reason)}});
  };
  ask(self, database, pg::backfill_work_of{config})
    .then(
      [this, config, failed](std::optional<pg::backfill_look>& look) {
        if (!look)
          return;
        auto note = estimate_of(config, std::move(*look), settings.wall());
        estimates[config] = note;
        ask(self, database, std::move(note)).then([] {}, failed);
      },
      failed);
}

/// Once a minute, in the words of document 003. The part is of the work, as everywhere; behind it
/// are the threads that are done, of those found so far.
void completion_monitor_state::tell(const backfill_progress& progress) {
  auto now = self->clock().now();
  auto [last, first] = told.try_emplace(progress.config, now);
  if (!first && now - last->second < told_each)
    return;
  last->second = now;
  completion_monitor_log.info(fmt::format("Config {} | Status: {} | Progress: {:.0f}% ({}/{})",
                                          progress.config.value, progress.status, progress.percent,
                                          progress.completed, progress.total),
                              {{"running", progress.processing}, {"failed", progress.failed}});
}

/// For metrics, which have no series for each backfill.
void completion_monitor_state::show() {
  std::chrono::seconds longest{0};
  std::map<std::string, double> binds;
  for (const auto& [config, note] : estimates) {
    binds[note.binds] += 1;
    if (note.left)
      longest = std::max(longest, note.left->expected);
  }
  settings.metrics.left_seconds.set(static_cast<double>(longest.count()));
  for (const auto& [what, gauge] : settings.metrics.by_binds)
    gauge.set(binds[what]);
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
  constexpr auto what = "look for failed threads that are due";
  ask(self, database, pg::revisit_threads{threads_revisited_max})
    .then([this](uint64_t) { could(completion_monitor_log, what); },
          [this](const caf::error& reason) {
            could_not(completion_monitor_log, what, to_string(reason));
          });
  constexpr auto recovery = "look for premature completions";
  ask(self, database, pg::recover_premature_completions{})
    .then(
      [this](const std::vector<config_id>& reopened) {
        could(completion_monitor_log, recovery);
        for (const auto& config : reopened)
          completion_monitor_log.error("completed too early: back to thread_sync",
                                       {{"config", config}});
        next_recovery.after(settings.recovery_interval, [this] { recover(); });
      },
      [this](const caf::error& reason) {
        could_not(completion_monitor_log, recovery, to_string(reason));
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
  // Who has the lease next shows them.
  self->attach_functor([metrics = self->state.settings.metrics] { metrics.clear(); });
  self->state.check();
  if (settings.recovery)
    self->state.recover();
  return {
    [self](check_completion) { self->state.check(); },
  };
}

} // namespace nova
