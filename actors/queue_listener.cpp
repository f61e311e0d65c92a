#include "actors/queue_listener.hpp"

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "base/seed.hpp"
#include "pg/error.hpp"
#include "pg/listener.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <memory>
#include <random>

namespace nova {
namespace {

constexpr base::log log{"Listener"};

constexpr const char* queue_channel = "nova_queue";
constexpr const char* threads_channel = "nova_threads";
constexpr const char* completion_channel = "nova_completion";
constexpr base::backoff between_tries{std::chrono::milliseconds{100}, std::chrono::seconds{5}};
// The longest that an exit of the actor has to wait.
constexpr std::chrono::milliseconds notice_wait{500};

/// Time to wait for notices once more.
struct await_notices {};

} // namespace
} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::await_notices)

namespace nova {
namespace {

using queue_listener_actor = caf::typed_actor<caf::reacts_to<await_notices>>;

class queue_listener : public queue_listener_actor::base {
public:
  queue_listener(caf::actor_config& config, std::string url, std::vector<std::string> queues,
                 hints_actor hints, uint64_t seed)
    : queue_listener_actor::base(config), url_(std::move(url)), queues_(std::move(queues)),
      hints_(std::move(hints)), random_(base::random_engine(seed)) {}

  const char* name() const override {
    return "queue_listener";
  }

  queue_listener_actor::behavior_type make_behavior() override {
    send(this, await_notices{});
    return {
      [this](await_notices) { wait(); },
    };
  }

private:
  void wait() {
    try {
      if (!listener_)
        connect();
      for (const auto& notice : listener_->wait(notice_wait))
        pass_on(notice);
      send(this, await_notices{});
    } catch (const pg::error& failure) {
      listener_.reset();
      if (tries_++ == 0)
        log.warn("lost the connection that hears of new work; readers poll meanwhile",
                 {{"reason", failure.what()}});
      delayed_send(this, between_tries.delay(tries_, random_), await_notices{});
    }
  }

  void connect() {
    listener_ = std::make_unique<pg::listener>(
      url_, std::vector<std::string>{queue_channel, threads_channel, completion_channel});
    if (tries_ > 0)
      log.info("listens again", {});
    tries_ = 0;
    // What was sent while nobody listened.
    for (const auto& queue : queues_)
      send(hints_, queue_woken{queue});
    send(hints_, threads_available{});
    send(hints_, completion_announced{});
  }

  void pass_on(const pg::connection::notification& heard) {
    if (heard.channel == threads_channel)
      send(hints_, threads_available{});
    else if (heard.channel == completion_channel)
      send(hints_, completion_announced{});
    else
      send(hints_, queue_woken{heard.payload});
  }

  std::string url_; // may hold a password; stays here
  std::vector<std::string> queues_;
  hints_actor hints_;
  std::unique_ptr<pg::listener> listener_;
  uint32_t tries_ = 0;
  std::mt19937_64 random_;
};

} // namespace

caf::actor spawn_queue_listener(caf::actor_system& system, const std::string& url,
                                std::vector<std::string> queues, hints_actor hints, uint64_t seed) {
  return caf::actor_cast<caf::actor>(
    system.spawn<queue_listener, caf::detached>(url, std::move(queues), std::move(hints), seed));
}

} // namespace nova
