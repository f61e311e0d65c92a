#pragma once

#include "actors/actor_metrics.hpp"
#include "actors/observed_actor.hpp"
#include "actors/promised_answer.hpp"
#include "actors/query.hpp"
#include "messages/mail_writes.hpp"
#include "messages/timer.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <deque>

namespace nova {

/// When a batch is written: at `messages` or `bytes`, or `delay` after its first item, whichever is
/// first.
struct mail_store_limits {
  size_t messages = 500;
  /// libpq keeps a buffer as large as the largest statement for each connection.
  size_t bytes = size_t{3} << 20;
  std::chrono::milliseconds delay{4};
  /// Batches that the database has at one time; the next grows meanwhile.
  size_t batches_in_flight = 2;
  /// Items that wait; beyond it askers get ec::overloaded.
  size_t items_max = 20'000;
  store_metrics metrics;
};

/// What a `mail_store` keeps between two messages, and what it does with each.
struct mail_store_state : observed {
  using promise = promised_answer<messages_stored>;

  static inline const char* name = "mail_store";

  explicit mail_store_state(mail_store_actor::pointer self) : observed(self), self(self) {}

  caf::result<messages_stored> add(store_messages&& request);

  mail_store_actor::pointer self;
  database_actor database;
  mail_store_limits limits;
  std::deque<std::pair<store_messages, promise>> waiting;
  size_t messages_waiting = 0;
  size_t bytes_waiting = 0;
  size_t in_flight = 0;
  timer flush{self};

private:
  [[nodiscard]] bool full() const;
  void write_batch();
  void batch_ended();
  void count_waiting() const;
  void count(const messages_stored& stored, mail_origin origin) const;
};

/// Writes email in batches; see `mail_store_actor`. Event-based: it never waits.
mail_store_actor::behavior_type
mail_store(observed_pointer<mail_store_actor, mail_store_state> self, base::directory_slot slot,
           database_actor database, mail_store_limits limits);

} // namespace nova
