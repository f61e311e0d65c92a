#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace nova {

/// A time that has come. Stays on its node; an observed actor takes it before its behaviour.
struct timer_due {
  std::function<void()> run;
};

/// Has `then` called on an observed actor in `delay`, as a message of its own: while the actor is
/// suspended it waits, and it is lost with the actor.
void call_after(caf::local_actor* self, std::chrono::milliseconds delay,
                std::function<void()> then);

/// A timer that an observed actor keeps in its state: set again, or stopped, its earlier time is
/// void. For the thread of its actor only.
class timer {
public:
  explicit timer(caf::local_actor* self) : self_(self) {}

  void after(std::chrono::milliseconds delay, std::function<void()> then);
  void stop() noexcept;
  /// Whether a time is still to come.
  [[nodiscard]] bool is_set() const noexcept {
    return *set_ != 0;
  }

private:
  caf::local_actor* self_;
  uint64_t count_ = 0;
  std::shared_ptr<uint64_t> set_ = std::make_shared<uint64_t>(0); // which of them; 0: none
};

/// An actor that nobody tells anything: what it does follows from its timers and from answers.
using untold_actor = caf::typed_actor<caf::reacts_to<timer_due>>;
untold_actor::behavior_type untold();

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::timer_due)
