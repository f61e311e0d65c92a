#pragma once

#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/behavior.hpp>
#include <caf/error.hpp>
#include <caf/message_id.hpp>
#include <caf/response_handle.hpp>
#include <caf/scheduled_actor.hpp>

#include <chrono>
#include <functional>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace nova {

/// An actor that keeps account of the answers that it waits for; see `timed_request`.
class answer_account {
public:
  /// `whom` is the kind of the asked actor, a text for as long as the process lives.
  virtual void asked(caf::message_id id, const char* whom, const std::type_info& what) = 0;
  virtual void answered(caf::message_id id) = 0;

protected:
  ~answer_account() = default;
};

namespace detail {

void note_request(caf::scheduled_actor* self, caf::message_id id, caf::actor_control_block* whom,
                  const std::type_info& what);
void note_answer(caf::scheduled_actor* self, caf::message_id id);

/// The one argument that a response handler declares, as it declares it: a lambda's, not generic.
template <class Handler>
struct handler_argument : handler_argument<decltype(&Handler::operator())> {};

template <class Class, class Argument>
struct handler_argument<void (Class::*)(Argument)> {
  using type = std::decay_t<Argument>;
};

template <class Class, class Argument>
struct handler_argument<void (Class::*)(Argument) const> {
  using type = std::decay_t<Argument>;
};

/// What CAF makes of a pair of handlers costs a compiler half a second, so it is made once for each
/// type of answer and not for each place that asks.
template <class Answer>
void handle_answer(caf::scheduled_actor* self, caf::message_id id,
                   std::function<void(Answer&)> answered,
                   std::function<void(const caf::error&)> failed) {
  self->add_multiplexed_response_handler(
    id, caf::behavior{[self, id, answered = std::move(answered)](Answer& answer) {
                        self->clock().cancel_request_timeout(self, id);
                        note_answer(self, id);
                        answered(answer);
                      },
                      [self, id, failed = std::move(failed)](const caf::error& reason) {
                        self->clock().cancel_request_timeout(self, id);
                        note_answer(self, id);
                        failed(reason);
                      }});
}

} // namespace detail

/// A request that waits for its handlers; see `timed_request`.
template <class Pending>
class pending_request;

template <class Self, class Output>
class pending_request<caf::response_handle<Self, Output, false>> {
public:
  explicit pending_request(caf::response_handle<Self, Output, false> pending) : pending_(pending) {}

  /// Exactly one of the two is called, on the asker, once. Both name their argument's type.
  template <class Answered, class Failed>
  void then(Answered answered, Failed failed) && {
    using answer = typename detail::handler_argument<Answered>::type;
    caf::detail::type_checker<Output, std::function<void(answer&)>>::check();
    detail::handle_answer<answer>(pending_.self(), pending_.id(), std::move(answered),
                                  std::move(failed));
  }

private:
  caf::response_handle<Self, Output, false> pending_;
};

/// As `self->request(to, timeout, message)`, but the time-out is taken back when the answer is
/// there. CAF 0.17.6 keeps it until it is due, with a reference to the asker: 190 bytes for each
/// request of the last `timeout`, which at 6,000 threads a second is more memory than all else
/// (measured). An asker that is an `answer_account` is told of request and answer.
template <class Self, class Handle, class Duration, class Message>
[[nodiscard]] auto timed_request(Self* self, const Handle& to, Duration timeout,
                                 Message&& message) {
  auto pending = self->request(to, timeout, std::forward<Message>(message));
  detail::note_request(self, pending.id(), caf::actor_cast<caf::actor_control_block*>(to),
                       typeid(std::decay_t<Message>));
  return pending_request<decltype(pending)>{pending};
}

} // namespace nova
