#include "actors/hints.hpp"

#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "pg/platform/notify.hpp"

#include <caf/stateful_actor.hpp>

namespace nova {
namespace {

constexpr base::log hints_log{"Hints"};

} // namespace

void hints_state::may_be_complete() {
  if (completion) {
    self->send(completion, check_completion{});
    return;
  }
  // Those whom one under way reaches may have counted before this hint.
  if (announcing)
    announce_again = true;
  else if (database)
    announce();
}

void hints_state::announce() {
  announcing = true;
  ask(self, database, pg::notify{"nova_completion"})
    .then(
      [this] {
        announcing = false;
        if (std::exchange(announce_again, false))
          announce();
      },
      [this](const caf::error& reason) {
        // Whoever counts looks by itself, later.
        announcing = announce_again = false;
        hints_log.warn("cannot tell other nodes of a completion", {{"reason", describe(reason)}});
      });
}

void hints_state::wants_completion(completion_hint_actor by) {
  self->monitor(by);
  completion = std::move(by);
}

void hints_state::gone(const caf::actor_addr& listener) {
  if (completion && completion.address() == listener)
    completion = nullptr;
}

hints_actor::behavior_type hints(observed_pointer<hints_actor, hints_state> self,
                                 base::directory_slot slot, database_actor database) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->set_down_handler([self](const caf::down_msg& down) { self->state.gone(down.source); });
  return {
    [self](threads_available hint) {
      if (self->state.threads)
        self->send(self->state.threads, hint);
    },
    [self](const check_completion&) { self->state.may_be_complete(); },
    [self](completion_announced) {
      if (self->state.completion)
        self->send(self->state.completion, check_completion{});
    },
    [self](const queue_woken& hint) {
      if (auto found = self->state.queues.find(hint.queue); found != self->state.queues.end())
        self->send(found->second, hint);
    },
    [self](const threads_hint_wanted& wish) { self->state.threads = wish.by; },
    [self](const completion_hint_wanted& wish) { self->state.wants_completion(wish.by); },
    [self](const queue_hint_wanted& wish) { self->state.queues[wish.queue] = wish.by; },
  };
}

} // namespace nova
