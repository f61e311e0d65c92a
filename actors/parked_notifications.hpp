#pragma once

#include "actors/observed_actor.hpp"
#include "actors/parked.hpp"
#include "actors/query.hpp"
#include "actors/queue_work.hpp"
#include "mail/notifications.hpp"
#include "messages/timer.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <string>
#include <unordered_map>

namespace nova {

struct parked_settings {
  /// Handlers that wait for the provider or do what it answered; nothing is taken beyond it.
  uint32_t in_hand_max = 4096;
  /// Of one grant. Fewer when much is in hand, so that a hundred mailboxes that are throttled
  /// leave room for the next one.
  uint32_t share = 64;
  /// What one grant has beyond `flood_share` among the first `flood_window` of the queue is parked
  /// too, so that others come within reach.
  uint32_t flood_share = 200;
  uint32_t flood_window = 2000;
  /// Between two looks for what became due, and for floods.
  std::chrono::milliseconds look_interval{1000};
  /// Between an end and the look for the next, so that many ends cost one look.
  std::chrono::milliseconds gather{10};
  /// Before what failed by no fault of its own is due again.
  std::chrono::milliseconds pause{5000};
  /// The same when the provider is away: probes find its return, and until then thousands would
  /// come round for nothing.
  std::chrono::milliseconds away_pause{30'000};
  /// Of this node's incarnation; 0 outside a cluster.
  int64_t epoch = 0;
};

/// Notifications that need an answer of the provider are not in their queue any more but parked by
/// grant; see nova.parked_notifications. This takes them up again, in turn one of each grant, and
/// hands them to `work`, so that who waits for a mailbox holds up no other. It parks floods too: a
/// queue has one order for all, and twenty thousand changes of one mailbox would be before the mail
/// of the next.
struct parked_notifications_state : observed {
  static inline const char* name = "parked_notifications";

  explicit parked_notifications_state(parked_notifications_actor::pointer self)
    : observed(self), self(self) {}

  void look();
  void look_soon();
  void poll();
  void park_flood();
  void give_back();
  [[nodiscard]] uint32_t share_now() const;

  parked_notifications_actor::pointer self;
  database_actor database;
  queue_work_actor work;
  parked_settings settings;
  std::unordered_map<std::string, grant_id> in_hand; // by notification
  bool claiming = false;
  /// Claimed may be what is not in hand: by a claim without an answer, a postponement that failed,
  /// or the one before this that crashed.
  bool doubtful = true;
  bool parking = false;
  bool woken = false; // since the look began
  timer gather{self};
  timer next_poll{self};

private:
  [[nodiscard]] uint32_t delay_ms(const caf::error& reason, int32_t tries) const;
  void hand_out(parked_notification& parked);
  void postpone(const parked_delay& delay);
  void freed(const std::string& id);
};

parked_notifications_actor::behavior_type
parked_notifications(observed_pointer<parked_notifications_actor, parked_notifications_state> self,
                     directory_slot slot, database_actor database, queue_work_actor work,
                     parked_settings settings);

} // namespace nova
