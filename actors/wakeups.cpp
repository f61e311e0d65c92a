#include "actors/wakeups.hpp"

#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "pg/platform/notify.hpp"

#include <caf/stateful_actor.hpp>

namespace nova {
namespace {

constexpr base::log wakeups_log{"Wakeups"};

} // namespace

void wakeups_state::may_be_complete() {
  if (completion) {
    self->send(completion, check_completion{});
    return;
  }
  // Those whom one under way reaches may have counted before this wakeup.
  if (announcing)
    announce_again = true;
  else if (database)
    announce();
}

void wakeups_state::announce() {
  announcing = true;
  constexpr auto what = "tell other nodes of a completion";
  ask(self, database, pg::notify{"nova_completion"})
    .then(
      [this] {
        could(wakeups_log, what);
        announcing = false;
        if (std::exchange(announce_again, false))
          announce();
      },
      [this](const caf::error& reason) {
        // Whoever counts looks by itself, later.
        announcing = announce_again = false;
        could_not(wakeups_log, what, describe(reason));
      });
}

void wakeups_state::pass_on(const jobs_available& wakeup) {
  if (schedules
      && (wakeup.of == jobs_available::kind::schedules
          || wakeup.of == jobs_available::kind::anything))
    self->send(schedules, wakeup);
  if (jobs && wakeup.of != jobs_available::kind::schedules)
    self->send(jobs, wakeup);
}

void wakeups_state::wants_completion(completion_wakeup_actor by) {
  self->monitor(by);
  completion = std::move(by);
}

void wakeups_state::gone(const caf::actor_addr& listener) {
  if (completion && completion.address() == listener)
    completion = nullptr;
}

wakeups_actor::behavior_type wakeups(observed_pointer<wakeups_actor, wakeups_state> self,
                                     directory_slot slot, database_actor database) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->set_down_handler([self](const caf::down_msg& down) { self->state.gone(down.source); });
  return {
    [self](threads_available wakeup) {
      if (self->state.threads)
        self->send(self->state.threads, wakeup);
    },
    [self](const check_completion&) { self->state.may_be_complete(); },
    [self](completion_announced) {
      if (self->state.completion)
        self->send(self->state.completion, check_completion{});
    },
    [self](const queue_woken& wakeup) {
      if (auto found = self->state.queues.find(wakeup.queue); found != self->state.queues.end())
        self->send(found->second, wakeup);
      else if (self->state.jobs)
        self->send(self->state.jobs, wakeup);
    },
    [self](const threads_wakeup_wanted& wish) { self->state.threads = wish.by; },
    [self](const completion_wakeup_wanted& wish) { self->state.wants_completion(wish.by); },
    [self](const queue_wakeup_wanted& wish) { self->state.queues[wish.queue] = wish.by; },
    [self](const jobs_available& wakeup) { self->state.pass_on(wakeup); },
    [self](const jobs_wakeup_wanted& wish) {
      (wish.schedules ? self->state.schedules : self->state.jobs) = wish.by;
    },
  };
}

} // namespace nova
