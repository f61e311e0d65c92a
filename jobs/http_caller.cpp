#include "jobs/http_caller.hpp"

#include "actors/observed_actor.hpp"
#include "jobs/http_calls.hpp"
#include "messages/error_code.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <utility>

namespace nova::jobs {
namespace {

/// Time to let curl work. The caller sends it to itself while calls are running.
struct perform_posts {};

} // namespace
} // namespace nova::jobs

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::perform_posts)

namespace nova::jobs {
namespace {

using looping_caller = http_caller_actor::extend<caf::reacts_to<perform_posts>>;

// How long curl may wait when nothing happens; `enqueue` ends it sooner.
constexpr std::chrono::milliseconds posts_wait{1000};

/// As with `http_client`: CAF ends an actor by ending its state, so curl is the actor's, and is
/// told by the state.
struct http_caller_state : observed {
  static inline const char* name = "http_caller";

  explicit http_caller_state(looping_caller::pointer self) : observed(self) {}
  http_caller_state(const http_caller_state&) = delete;
  http_caller_state& operator=(const http_caller_state&) = delete;

  ~http_caller_state() {
    if (at_end)
      at_end();
  }

  std::function<void()> at_end;
};

class http_caller : public observed_actor<http_caller_state, looping_caller::base> {
public:
  using super = observed_actor<http_caller_state, looping_caller::base>;

  http_caller(caf::actor_config& config, directory_slot slot,
              std::shared_ptr<const base::secrets> secrets, const http_caller_limits& limits)
    : super(config), waiting_max_(limits.waiting_max), calls_(std::move(secrets), limits) {
    this->state.slot = std::move(slot);
    // Who waits is told; CAF does not, and they would wait for their time-outs.
    this->state.at_end = [this] {
      ending_ = true;
      calls_.cancel_all();
    };
  }

  // Called by senders, on their threads: curl must not sleep over a message. A wake-up for what we
  // send to ourselves would keep curl from ever sleeping.
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* where) override {
    bool ours = caf::actor_cast<caf::abstract_actor*>(what->sender) == this;
    super::enqueue(std::move(what), where);
    if (!ours)
      calls_.wake();
  }

  looping_caller::behavior_type make_behavior() override {
    return {
      [this](call_url& request) { return start(std::move(request)); },
      [this](perform_posts) { perform(); },
    };
  }

private:
  caf::result<url_called> start(call_url&& request) {
    if (calls_.waiting() >= waiting_max_)
      return ec::overloaded;
    auto answer = make_response_promise<url_called>();
    calls_.start(std::move(request), [this, answer](url_called called) mutable {
      if (ending_)
        answer.deliver(caf::make_error(ec::stopped));
      else
        answer.deliver(std::move(called));
    });
    if (!looping_) {
      looping_ = true;
      send(this, perform_posts{});
    }
    return answer;
  }

  void perform() {
    calls_.run_once(mailbox().empty() ? posts_wait : std::chrono::milliseconds{0});
    looping_ = calls_.in_flight() > 0;
    if (looping_)
      send(this, perform_posts{});
  }

  size_t waiting_max_;
  http_calls calls_;
  bool looping_ = false;
  bool ending_ = false;
};

} // namespace

std::string to_string(call_failure failure) {
  switch (failure) {
    case call_failure::none: return "none";
    case call_failure::bad_url: return "bad_url";
    case call_failure::secret_missing: return "secret_missing";
    case call_failure::address_refused: return "address_refused";
    case call_failure::busy: return "busy";
    case call_failure::network: return "network";
    case call_failure::timeout: return "timeout";
    case call_failure::too_large: return "answer_too_large";
  }
  return "unknown";
}

http_caller_actor spawn_http_caller(caf::actor_system& system, directory_slot slot,
                                    std::shared_ptr<const base::secrets> secrets,
                                    http_caller_limits limits) {
  return system.spawn<http_caller, caf::detached>(std::move(slot), std::move(secrets),
                                                  std::move(limits));
}

} // namespace nova::jobs
