#pragma once

#include "actors/observed_actor.hpp"
#include "actors/promised_answer.hpp"
#include "actors/query.hpp"
#include "messages/notification_writes.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <vector>

namespace nova {

/// How much goes into one transaction and how much may wait for one.
struct notification_store_limits {
  size_t batch_max = 200;
  size_t batch_bytes_max = size_t{8} << 20;
  /// Batches that the database has at one time; the next grows meanwhile.
  size_t batches_in_flight = 2;
  /// Beyond either, askers get ec::overloaded.
  size_t waiting_max = 2000;
  size_t waiting_bytes_max = size_t{128} << 20;
};

/// What a `notification_store` keeps between two messages, and what it does with each.
struct notification_store_state : observed {
  using promise = promised_answer<notification_stored>;

  /// Who asked for one row. The same notification may come twice at a time.
  struct row_askers {
    promise first;
    std::vector<promise> others;
  };

  /// `askers[i]` want `rows[i]`.
  struct batch {
    std::vector<incoming_notification> rows;
    std::vector<row_askers> askers;
  };

  static inline const char* name = "notification_store";

  explicit notification_store_state(notification_store_actor::pointer self)
    : observed(self), self(self) {}

  caf::result<notification_stored> add(incoming_notification&& request);

  notification_store_actor::pointer self;
  database_actor database;
  notification_store_limits limits;
  std::deque<std::pair<incoming_notification, promise>> waiting;
  size_t bytes_waiting = 0;
  size_t in_flight = 0;

private:
  void write_waiting();
  batch take_batch();
  void write(batch what);
  void fail(batch what, const caf::error& reason);
  void batch_ended();
};

/// Makes notifications durable; see `notification_store_actor`. What comes while the database is
/// busy is written by one transaction after that, so a lone notification waits for nobody and a
/// flood costs few commits. Event-based: it never waits.
notification_store_actor::behavior_type
notification_store(observed_pointer<notification_store_actor, notification_store_state> self,
                   directory_slot slot, database_actor database, notification_store_limits limits);

} // namespace nova
