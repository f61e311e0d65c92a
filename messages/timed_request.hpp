#pragma once

#include <caf/actor_clock.hpp>
#include <caf/message_id.hpp>

#include <chrono>
#include <utility>

namespace nova {

namespace detail {

/// The one argument that a response handler declares, as it declares it: a lambda's, not generic.
template <class Handler>
struct handler_argument : handler_argument<decltype(&Handler::operator())> {};

template <class Class, class Argument>
struct handler_argument<void (Class::*)(Argument)> {
  using type = Argument;
};

template <class Class, class Argument>
struct handler_argument<void (Class::*)(Argument) const> {
  using type = Argument;
};

} // namespace detail

/// A request that waits for its handlers; see `timed_request`.
template <class Self, class Pending>
class pending_request {
public:
  pending_request(Self* self, Pending pending) : self_(self), pending_(std::move(pending)) {}

  /// Exactly one of the two is called, on the asker, once. Both name their argument's type.
  template <class Answered, class Failed>
  void then(Answered answered, Failed failed) && {
    pending_.then(forgetting(std::move(answered)), forgetting(std::move(failed)));
  }

private:
  template <class Handler>
  auto forgetting(Handler handler) const {
    using argument = typename detail::handler_argument<Handler>::type;
    return [self = self_, id = pending_.id(), handler = std::move(handler)](argument what) mutable {
      self->clock().cancel_request_timeout(self, id);
      handler(std::forward<argument>(what));
    };
  }

  Self* self_;
  Pending pending_;
};

/// As `self->request(to, timeout, message)`, but the time-out is taken back when the answer is
/// there. CAF 0.17.6 keeps it until it is due, with a reference to the asker: 190 bytes for each
/// request of the last `timeout`, which at 6,000 threads a second is more memory than all else
/// (measured).
template <class Self, class Handle, class Duration, class Message>
[[nodiscard]] auto timed_request(Self* self, const Handle& to, Duration timeout,
                                 Message&& message) {
  auto pending = self->request(to, timeout, std::forward<Message>(message));
  return pending_request<Self, decltype(pending)>{self, std::move(pending)};
}

} // namespace nova
