#include "jobs/schedules.hpp"

#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "pg/connection.hpp"
#include "pg/messenger/messenger_next_slot.hpp"
#include "pg/messenger/messenger_run_schedules.hpp"
#include "pg/systems.hpp"

#include <caf/stateful_actor.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nova::jobs {
namespace {

constexpr base::log schedules_log{"Schedules"};

} // namespace

run_due_schedules::answer run_due_schedules::run(pg::connection& conn) const {
  if (!pg::has_system(conn, "messenger"))
    return {};
  answer found;
  found.sent = pg::messenger_run_schedules{}.run(conn);
  found.next = pg::messenger_next_slot{}.run(conn);
  return found;
}

void schedules_state::run() {
  again_ = std::exchange(running_, true);
  if (again_)
    return;
  constexpr auto what = "run schedules";
  ask(self, database, run_due_schedules{})
    .then(
      [this](const run_due_schedules::answer& found) {
        could(schedules_log, what);
        running_ = false;
        sent_ += found.sent;
        if (found.sent > 0)
          schedules_log.debug("slots sent", {{"count", found.sent}});
        auto next = settings.poll;
        if (found.next)
          next = std::min(next, found.next->count() > 0 ? *found.next : settings.trouble_pause);
        doing(fmt::format("sent {}; {}", sent_,
                          found.next
                            ? fmt::format("the next slot is in {} s", found.next->count() / 1'000)
                            : std::string{"no schedule has a next slot"}));
        if (std::exchange(again_, false))
          run();
        else
          next_slot_.after(next, [this] { run(); });
      },
      [this](const caf::error& reason) {
        running_ = again_ = false;
        could_not(schedules_log, what, describe(reason));
        next_slot_.after(settings.trouble_pause, [this] { run(); });
      });
}

jobs_wakeup_actor::behavior_type
schedules(observed_pointer<jobs_wakeup_actor, schedules_state> self, directory_slot slot,
          database_actor database, schedules_settings settings) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->state.settings = settings;
  self->state.run();
  return {
    [self](const jobs_available&) { self->state.run(); },
    [](const queue_woken&) {},
  };
}

} // namespace nova::jobs
