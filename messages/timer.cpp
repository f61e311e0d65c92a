#include "messages/timer.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/local_actor.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/typed_behavior.hpp>

#include <utility>

namespace nova {

void call_after(caf::local_actor* self, std::chrono::milliseconds delay,
                std::function<void()> then) {
  caf::strong_actor_ptr to{self->ctrl()};
  auto& clock = self->system().clock();
  clock.schedule_message(clock.now() + delay, to,
                         caf::make_mailbox_element(to, caf::make_message_id(), {},
                                                   timer_due{std::move(then)}));
}

void timer::after(std::chrono::milliseconds delay, std::function<void()> then) {
  *set_ = ++count_;
  call_after(self_, delay, [set = set_, mine = count_, then = std::move(then)] {
    if (*set != mine)
      return;
    *set = 0;
    then();
  });
}

void timer::stop() noexcept {
  *set_ = 0;
}

untold_actor::behavior_type untold() {
  return {[](const timer_due&) {}};
}

} // namespace nova
