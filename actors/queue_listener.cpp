#include "actors/queue_listener.hpp"

#include "actors/observed_actor.hpp"
#include "base/backoff.hpp"
#include "base/log.hpp"
#include "base/seed.hpp"
#include "pg/error.hpp"
#include "pg/listener.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <memory>
#include <random>

namespace nova {
namespace {

constexpr base::log queue_listener_log{"Listener"};

constexpr const char* queue_channel = "nova_queue";
constexpr const char* threads_channel = "nova_threads";
constexpr const char* completion_channel = "nova_completion";
constexpr const char* messages_channel = "nova_messenger"; // with the transport
constexpr const char* jobs_channel = "nova_jobs";          // upkeep, handlers or schedules
constexpr base::backoff between_connects{std::chrono::milliseconds{100}, std::chrono::seconds{5}};
// The longest that an exit of the actor has to wait.
constexpr std::chrono::milliseconds notice_wait{500};

jobs_available::kind news_of_jobs(const std::string& payload) {
  using enum jobs_available::kind;
  return payload == "handlers"    ? handlers
         : payload == "schedules" ? schedules
         : payload == "upkeep"    ? tasks
                                  : anything;
}

/// Time to wait for notices once more.
struct await_notices {};

} // namespace
} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::await_notices)

namespace nova {
namespace {

using queue_listener_actor = caf::typed_actor<caf::reacts_to<await_notices>>;

struct queue_listener_state : observed {
  static inline const char* name = "queue_listener";

  explicit queue_listener_state(queue_listener_actor::pointer self) : observed(self), self(self) {}

  void wait() {
    try {
      if (!listener)
        connect();
      for (const auto& notice : listener->wait(notice_wait))
        pass_on(notice);
      self->send(self, await_notices{});
    } catch (const pg::error& failure) {
      listener.reset();
      if (tries == 0)
        queue_listener_log.warn(
          "lost the connection that hears of new work; readers poll meanwhile",
          {{"reason", failure.what()}});
      self->delayed_send(self, between_connects.delay(tries++, random), await_notices{});
    }
  }

  void connect() {
    listener = std::make_unique<pg::listener>(
      url, std::vector<std::string>{queue_channel, threads_channel, completion_channel,
                                    messages_channel, jobs_channel});
    if (tries > 0)
      queue_listener_log.info("listens again", {});
    tries = 0;
    // What was sent while nobody listened.
    for (const auto& queue : queues)
      self->send(wakeups, queue_woken{queue});
    self->send(wakeups, threads_available{});
    self->send(wakeups, completion_announced{});
    self->send(wakeups, jobs_available{});
  }

  void pass_on(const pg::connection::notification& heard) {
    if (heard.channel == threads_channel)
      self->send(wakeups, threads_available{});
    else if (heard.channel == completion_channel)
      self->send(wakeups, completion_announced{});
    else if (heard.channel == messages_channel)
      self->send(wakeups, jobs_available{jobs_available::kind::messages, heard.payload});
    else if (heard.channel == jobs_channel)
      self->send(wakeups, jobs_available{news_of_jobs(heard.payload)});
    else
      self->send(wakeups, queue_woken{heard.payload});
  }

  queue_listener_actor::pointer self;
  std::string url; // may hold a password; stays here
  std::vector<std::string> queues;
  wakeups_actor wakeups;
  std::unique_ptr<pg::listener> listener;
  uint32_t tries = 0;
  std::mt19937_64 random;
};

queue_listener_actor::behavior_type
queue_listener(observed_pointer<queue_listener_actor, queue_listener_state> self,
               directory_slot slot, std::string url, std::vector<std::string> queues,
               wakeups_actor wakeups, uint64_t seed) {
  auto& state = self->state;
  state.slot = std::move(slot);
  state.url = std::move(url);
  state.queues = std::move(queues);
  state.wakeups = std::move(wakeups);
  state.random = base::random_engine(seed);
  self->send(self, await_notices{});
  return {
    [self](await_notices) { self->state.wait(); },
  };
}

} // namespace

caf::actor spawn_queue_listener(caf::actor_system& system, directory_slot slot, std::string url,
                                std::vector<std::string> queues, wakeups_actor wakeups,
                                uint64_t seed) {
  return caf::actor_cast<caf::actor>(system.spawn<caf::detached>(
    queue_listener, std::move(slot), std::move(url), std::move(queues), std::move(wakeups), seed));
}

} // namespace nova
