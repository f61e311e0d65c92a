#pragma once

#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "alerts/courier.hpp"
#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "messages/timer.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace nova::alerts {

using alert_sender_actor = untold_actor;

struct sender_metrics {
  explicit sender_metrics(base::metrics& all);
  sender_metrics() = default;

  /// By email or webhook, and by letter_verdict.
  std::array<std::array<base::counter, 6>, 2> ended;
};

struct alert_sender_settings {
  std::string worker = "node";
  std::chrono::milliseconds look{3'000};
  /// What is to be told waits so long for what follows it: a thousand failures in a second are one
  /// message.
  std::chrono::milliseconds gather{5'000};
  /// An end waits so long for the ends of others of its kind.
  std::chrono::milliseconds hold{600'000};
  std::chrono::milliseconds lease{600'000}; // above what a courier takes for a batch
  int32_t batch = 50;
  /// With the backoff about 18 hours.
  int32_t attempts_max = 24;
  base::backoff backoff{std::chrono::milliseconds{60'000}, std::chrono::milliseconds{3'600'000},
                        2.0, 0.1};
  uint64_t seed = 0; // of the jitter; 0: by chance
  /// Empty: the database's clock.
  base::clock clock = {};
  sender_metrics metrics = {};
};

/// Starts the courier of a kind, as a linked child of `parent`; `stop`, once true, ends what it
/// sends.
using start_courier = std::function<courier_actor(caf::local_actor* parent, directory_slot slot,
                                                  std::shared_ptr<const std::atomic<bool>> stop)>;

struct alert_sender_needs {
  database_actor database;
  std::shared_ptr<actor_directory> directory = {};
  start_courier start;
};

/// Gathers what is to be told into messages, has them sent, and writes what became of them: mails
/// and webhooks each by a courier of their own, so that a server of one that hangs keeps nothing of
/// the other. Event-based, once in the cluster; of two each message would be sent by one.
struct alert_sender_state : observed {
  static inline const char* name = "alert_sender";

  explicit alert_sender_state(alert_sender_actor::pointer self) : observed(self), self(self) {}
  alert_sender_state(const alert_sender_state&) = delete;
  alert_sender_state& operator=(const alert_sender_state&) = delete;
  ~alert_sender_state();

  void open();

  alert_sender_actor::pointer self;
  alert_sender_needs needs;
  alert_sender_settings settings;

private:
  /// Mails, or webhooks.
  struct lane {
    bool are_mails = true;
    courier_actor courier;
    bool busy = false;
  };

  void look();
  void claim(lane& of);
  void send(lane& of, std::vector<pg::claimed_delivery>&& letters);
  void end(lane& of, const std::vector<pg::claimed_delivery>& letters,
           const std::vector<letter_outcome>& outcomes);
  void could_not_go_on(lane& of, const char* what, const caf::error& reason);
  [[nodiscard]] std::optional<int64_t> now() const;

  std::shared_ptr<std::atomic<bool>> stop_ = std::make_shared<std::atomic<bool>>(false);
  std::array<lane, 2> lanes_;
  std::mt19937_64 random_;
  timer next_look_{self};
  uint64_t sent_ = 0;
};

alert_sender_actor::behavior_type
alert_sender(observed_pointer<alert_sender_actor, alert_sender_state> self, directory_slot slot,
             alert_sender_needs needs, alert_sender_settings settings);

} // namespace nova::alerts
