#pragma once

#include <caf/error.hpp>
#include <caf/result.hpp>
#include <caf/sec.hpp>
#include <caf/typed_response_promise.hpp>

#include <memory>
#include <utility>

namespace nova {

/// The answer to a request that is given later. As `caf::typed_response_promise`, but who asked is
/// told when nobody can answer any more: when the last copy goes away unused, it delivers an error.
/// CAF 0.17.6 tells nobody then, so that the asker waits for its time-out. An actor that crashes
/// takes its state and its response handlers along, and with them every answer that it owes.
///
/// Made, copied and used on the actor that owes it.
template <class Answer>
class promised_answer {
public:
  promised_answer() = default;

  promised_answer(caf::typed_response_promise<Answer> promise, caf::error unanswered)
    : debt_(std::make_shared<debt>(std::move(promise), std::move(unanswered))) {}

  /// Once; a second one goes nowhere.
  template <class Value>
  void deliver(Value&& value) const {
    if (debt_)
      debt_->promise.deliver(std::forward<Value>(value));
  }

  [[nodiscard]] bool pending() const {
    return debt_ && debt_->promise.pending();
  }

  /// What a handler returns.
  operator caf::result<Answer>() const {
    return debt_->promise;
  }

private:
  struct debt {
    debt(caf::typed_response_promise<Answer>&& promise, caf::error&& unanswered)
      : promise(std::move(promise)), unanswered(std::move(unanswered)) {}

    debt(const debt&) = delete;
    debt& operator=(const debt&) = delete;

    ~debt() {
      if (promise.pending())
        promise.deliver(std::move(unanswered));
    }

    caf::typed_response_promise<Answer> promise;
    caf::error unanswered;
  };

  std::shared_ptr<debt> debt_;
};

/// Promises to answer the request that `self` is handling. Unanswered, it is an error as of a
/// request that was still in the mailbox of an actor that ended.
template <class Answer, class Self>
[[nodiscard]] promised_answer<Answer>
owe_answer(Self* self, caf::error unanswered = caf::sec::request_receiver_down) {
  return {self->template make_response_promise<Answer>(), std::move(unanswered)};
}

} // namespace nova
