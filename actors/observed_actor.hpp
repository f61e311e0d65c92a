#pragma once

#include "actors/observed.hpp"
#include "messages/timed_request.hpp"

#include <caf/attachable.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <mutex>
#include <typeinfo>
#include <utility>

namespace nova {

/// An actor of which can be told who hears of its end. Any thread.
class watched_actor {
public:
  /// Whether that one is linked to it, or else monitors it.
  [[nodiscard]] virtual bool tells(const caf::actor_addr& observer, bool linked) const = 0;

protected:
  ~watched_actor() = default;
};

/// Writes down that a message is being handled, and afterwards that it was.
class handling {
public:
  handling(const observed& who, caf::mailbox_element& element);
  ~handling();
  handling(const handling&) = delete;
  handling& operator=(const handling&) = delete;

  /// It was put aside for later: it still waits.
  void skipped() noexcept {
    skipped_ = true;
  }

private:
  void report();

  // The handler may end the actor, and its state with it.
  std::shared_ptr<actor_activity> activity_;
  uint16_t type_;
  directory_slot slot_; // only while somebody follows
  base::wall_time began_;
  std::string from_;
  bool skipped_ = false;
};

/// The type of a message, see `number_of_type`; 0: one of CAF's own.
uint16_t type_of(caf::mailbox_element& element) noexcept;
/// Notes a request of an actor, and its answer.
void note_asked(actor_activity& of, caf::message_id id, const char* whom, const std::type_info&);
void note_answered(actor_activity& of, caf::message_id id);
/// Whether one in that list tells an actor of an end.
bool any_tells(caf::attachable* first, const caf::actor_addr& observer, bool linked);

/// Whether that is a message of ours to an actor itself rather than to its behaviour; obeys it.
bool take_control(const observed& who, caf::mailbox_element& element);
/// Whether that is one of the actor's timers, which it then has called.
bool take_timer(const caf::mailbox_element& element);
/// Whether a suspended actor leaves that where it is: requests and news, not answers and exits.
bool can_wait(const caf::mailbox_element& element);

/// A stateful actor that counts what is sent to it and says since when it handles what, so that the
/// length of its mailbox is known while it is busy, and what is in it, and for which answers it
/// waits. It costs some relaxed additions and two looks at the clock a message. Its state derives
/// from `observed`.
template <class State, class Base>
class observed_actor : public caf::stateful_actor<State, Base>,
                       public answer_account,
                       public watched_actor {
public:
  using super = caf::stateful_actor<State, Base>;

  template <class... Ts>
  explicit observed_actor(caf::actor_config& cfg, Ts&&... xs)
    : super(cfg, std::forward<Ts>(xs)...), activity_(this->state.activity) {}

  using super::consume;
  using super::enqueue;

  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override {
    // The state may be gone by now; what it counts with is not.
    activity_->came(type_of(*element));
    super::enqueue(std::move(element), unit);
  }

  caf::invoke_message_result consume(caf::mailbox_element& element) override {
    if (take_control(this->state, element))
      return caf::invoke_message_result::consumed;
    if (activity_->suspended.load(std::memory_order_relaxed) && can_wait(element))
      return caf::invoke_message_result::skipped;
    handling now{this->state, element};
    this->current_element_ = &element; // as in CAF's own: of whoever asks whose message this is
    if (take_timer(element))
      return caf::invoke_message_result::consumed;
    auto result = super::consume(element);
    if (result == caf::invoke_message_result::skipped)
      now.skipped();
    return result;
  }

  void asked(caf::message_id id, const char* whom, const std::type_info& what) override {
    note_asked(*activity_, id, whom, what);
  }

  void answered(caf::message_id id) override {
    note_answered(*activity_, id);
  }

  [[nodiscard]] bool tells(const caf::actor_addr& observer, bool linked) const override {
    auto lock = std::scoped_lock{this->mtx_};
    return any_tells(this->attachables_head_.get(), observer, linked);
  }

private:
  std::shared_ptr<actor_activity> activity_;
};

/// What the spawn function of an observed actor takes as its `self`.
template <class Handle, class State>
using observed_pointer = observed_actor<State, typename Handle::base>*;

} // namespace nova
