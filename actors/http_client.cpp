#include "actors/http_client.hpp"

#include "actors/observed_actor.hpp"
#include "base/clock.hpp"
#include "messages/error_code.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <utility>

namespace nova {
namespace {

/// Time to let curl work. The client sends it to itself while calls are running.
struct perform_calls {};

} // namespace
} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::perform_calls)

namespace nova {
namespace {

using looping_client = http_client_actor::extend<caf::reacts_to<perform_calls>>;

// How long curl may wait when nothing happens; `enqueue` ends it sooner.
constexpr std::chrono::milliseconds network_wait{1000};

int64_t now_us() {
  return base::wall_now().time_since_epoch().count();
}

/// Here an answer gets its meaning, which nobody finds out again.
api_answered judged(const nylas::api_request& request, nylas::api_response&& response,
                    int64_t started_at) {
  api_answered answer{std::move(response)};
  answer.verdict = nylas::classify(request, answer);
  answer.started_at = started_at;
  answer.answered_at = now_us();
  return answer;
}

/// CAF ends an actor by ending its state, while the actor itself lives as long as somebody may send
/// to it: so curl is the actor's, and is told by the state.
struct http_client_state : observed {
  static inline const char* name = "http_client";

  explicit http_client_state(looping_client::pointer self) : observed(self) {}
  http_client_state(const http_client_state&) = delete;
  http_client_state& operator=(const http_client_state&) = delete;

  ~http_client_state() {
    if (at_end)
      at_end();
  }

  std::function<void()> at_end;
};

class http_client : public observed_actor<http_client_state, looping_client::base> {
public:
  using super = observed_actor<http_client_state, looping_client::base>;

  http_client(caf::actor_config& config, directory_slot slot, const nylas::api_settings& api,
              const nylas::transport_limits& limits)
    : super(config), limits_(limits), transport_(api, limits) {
    this->state.slot = std::move(slot);
    // Who waits is told; CAF does not, and they would wait for their time-outs.
    this->state.at_end = [this] {
      ending_ = true;
      transport_.cancel_all();
    };
  }

  // Called by senders, on their threads: curl must not sleep over a message. A wake-up for what we
  // send to ourselves would keep curl from ever sleeping.
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* where) override {
    bool ours = caf::actor_cast<caf::abstract_actor*>(what->sender) == this;
    super::enqueue(std::move(what), where);
    if (!ours)
      transport_.wake();
  }

  looping_client::behavior_type make_behavior() override {
    return {
      [this](nylas::api_request& request) { return start(std::move(request)); },
      [this](perform_calls) { perform(); },
    };
  }

private:
  caf::result<api_answered> start(nylas::api_request&& request) {
    if (transport_.in_flight() >= static_cast<size_t>(limits_.in_flight_max))
      return ec::overloaded;
    auto answer = make_response_promise<api_answered>();
    auto finish = [this, answer, request, at = now_us()](nylas::api_response response) mutable {
      if (ending_)
        answer.deliver(caf::make_error(ec::stopped));
      else
        answer.deliver(judged(request, std::move(response), at));
    };
    transport_.start(request, std::move(finish));
    if (!looping_) {
      looping_ = true;
      send(this, perform_calls{});
    }
    return answer;
  }

  void perform() {
    transport_.run_once(mailbox().empty() ? network_wait : std::chrono::milliseconds{0});
    looping_ = transport_.in_flight() > 0;
    if (looping_)
      send(this, perform_calls{});
  }

  nylas::transport_limits limits_;
  nylas::transport transport_;
  bool looping_ = false;
  bool ending_ = false;
};

} // namespace

http_client_actor spawn_http_client(caf::actor_system& system, directory_slot slot,
                                    const nylas::api_settings& api,
                                    const nylas::transport_limits& limits) {
  return system.spawn<http_client, caf::detached>(std::move(slot), api, limits);
}

} // namespace nova
