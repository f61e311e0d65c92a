#include "actors/hints.hpp"

#include <caf/stateful_actor.hpp>

namespace nova {

hints_actor::behavior_type hints(observed_pointer<hints_actor, hints_state> self,
                                 base::directory_slot slot) {
  self->state.slot = std::move(slot);
  return {
    [self](threads_available hint) {
      if (self->state.threads)
        self->send(self->state.threads, hint);
    },
    [self](const check_completion& hint) {
      if (self->state.completion)
        self->send(self->state.completion, hint);
    },
    [self](const queue_woken& hint) {
      if (auto found = self->state.queues.find(hint.queue); found != self->state.queues.end())
        self->send(found->second, hint);
    },
    [self](const threads_hint_wanted& wish) { self->state.threads = wish.by; },
    [self](const completion_hint_wanted& wish) { self->state.completion = wish.by; },
    [self](const queue_hint_wanted& wish) { self->state.queues[wish.queue] = wish.by; },
  };
}

} // namespace nova
