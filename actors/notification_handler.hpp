#pragma once

#include "actors/actor_metrics.hpp"
#include "actors/grant_calls.hpp"
#include "actors/mail_store.hpp"
#include "actors/observed_actor.hpp"
#include "actors/parked_notifications.hpp"
#include "actors/promised_answer.hpp"
#include "actors/query.hpp"
#include "actors/queue_work.hpp"
#include "actors/reconcile.hpp"
#include "base/clock.hpp"
#include "mail/inboxes.hpp"
#include "nylas/notification.hpp"

#include <caf/actor_addr.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <unordered_map>

namespace nova {

/// Everything the handling of notifications talks to.
struct notification_needs {
  database_actor database;
  grants_actor grants;
  mail_store_actor store;
  reconcile_actor reconcile;                  // woken after a grant came back; may be null
  std::shared_ptr<actor_directory> directory; // where its children are entered; may be null
  database_actor parked_rows = {};            // null: nothing is taken up again here
  parked_notifications_actor parked = {};     // `notifications` makes it
};

struct notification_settings {
  /// After so many deliveries a notification that fails is in error for good.
  int32_t tries_max = 3;
  /// TESTING_MODE: works without deleting from the queue.
  bool keep = false;
  notification_metrics metrics;
  parked_settings parked = {};
  base::clock wall = base::wall_now;
};

/// Handles one notification and ends: routes by type, has the effect and the acknowledgement
/// written in one transaction. A message.* of which the whole is known is stored as it came; of
/// what is truncated, transformed or only named, the object is fetched when its grant's turn has
/// come; it is parked until then.
struct notification_handler_state : observed {
  using promise = caf::typed_response_promise<work_ended>;

  static inline const char* name = "notification_handler";

  explicit notification_handler_state(queue_work_actor::pointer self)
    : observed(self), self(self) {}

  caf::result<work_ended> handle(queue_message&& request);

  queue_work_actor::pointer self;
  notification_needs needs;
  notification_settings settings;
  queue_message message;
  nylas::notification notification;
  inbox_id inbox;
  std::string provider; // of the inbox
  promise answer;
  std::chrono::steady_clock::time_point began;

private:
  void route();
  void unreadable();
  void message_seen();
  void message_deleted();
  void not_there(const std::string& reason);
  void folder_changed();
  void grant_changed();
  void discover_again_of(const grant_id& grant);
  void grant_status(const char* status, const std::string& reason);
  void fetch_message();
  void park();
  void fetched(api_answered&& result);
  void fetch_refused(const api_answered& result);
  void acknowledge(store_messages&& effect);
  void ignore(const std::string& why);
  void fail(const caf::error& reason);
  void count(notification_status status) const;
  void tell(notification_status status) const;
  [[nodiscard]] store_messages effect(mail_origin origin) const;
};

queue_work_actor::behavior_type
notification_handler(observed_pointer<queue_work_actor, notification_handler_state> self,
                     directory_slot slot, notification_needs needs, notification_settings settings);

/// The work of the queue nylas_webhook_notifications and of what is parked: spawns a
/// `notification_handler` for each message. When one crashes at the last try, it writes the error
/// to the audit row in its place.
struct notifications_state : observed {
  static inline const char* name = "notifications";

  explicit notifications_state(queue_work_actor::pointer self) : observed(self), self(self) {}

  /// A handler at work; the reader's bound is theirs.
  struct child_entry {
    notification_claim claim;
    promised_answer<work_ended> answer;
    directory_slot entry;
  };

  caf::result<work_ended> hand_on(queue_message& message);
  void child_down(const caf::actor_addr& child, const caf::error& reason);
  void take_up_parked();

  queue_work_actor::pointer self;
  notification_needs needs;
  notification_settings settings;
  std::unordered_map<caf::actor_addr, child_entry> children;

private:
  void crashed(const child_entry& child, const caf::error& reason);
};

queue_work_actor::behavior_type
notifications(observed_pointer<queue_work_actor, notifications_state> self, directory_slot slot,
              notification_needs needs, notification_settings settings);

} // namespace nova
