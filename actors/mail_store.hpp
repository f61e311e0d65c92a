#pragma once

#include "actors/actor_metrics.hpp"
#include "actors/observed_actor.hpp"
#include "actors/promised_answer.hpp"
#include "actors/query.hpp"
#include "mail/message.hpp"
#include "mail/notifications.hpp"
#include "mail/threads.hpp"
#include "messages/timer.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace nova {

/// Where a message was seen.
enum class mail_origin : uint8_t { backfill, webhook, reconcile, refetch };
std::string to_string(mail_origin);

/// Open below: a notification, of which nobody knows when the provider's state was read.
constexpr int64_t time_unknown = INT64_MIN;

/// Asks for what was seen of one inbox to be written, together with what it completes.
struct store_messages {
  inbox_id inbox;
  mail_origin origin = mail_origin::backfill;
  /// Microseconds since 1970 between which the provider's state was read.
  int64_t lo = time_unknown, hi = 0;
  std::vector<email_message> messages;            // at most 500; the sender splits
  std::vector<message_id> deleted;                // at most 500
  std::vector<email_reject> rejects;              // at most 500; kept in the same transaction
  std::optional<thread_claim> completes;          // in the same transaction
  uint32_t thread_messages = 0;                   // for the row of `completes`
  std::optional<notification_claim> acknowledges; // in the same transaction
  uint32_t handling_ms = 0;                       // for the row of `acknowledges`
  notification_status outcome = notification_status::processed;
  std::string note; // why it was ignored or is in error
};

/// Says that one `store_messages` is committed.
struct messages_stored {
  uint32_t written = 0;
  /// False when `completes` was no longer this node's: another has the thread.
  bool claim_accepted = true;
  /// Empty, or why the server refused this item alone; then nothing of it is written.
  std::string refused;
};

/// Writes email in batches, so that a hundred threads cost one statement.
using mail_store_actor = caf::typed_actor<
  // Answers once committed. Fails with ec::database_unavailable (nothing is written),
  // ec::database_refused (this item alone), ec::stale_claim (the thread belongs to another) or
  // ec::overloaded.
  caf::replies_to<store_messages>::with<messages_stored>>;

/// How long who asks it waits: longer than a batch waits for a connection and is written.
constexpr std::chrono::seconds store_timeout{120};

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
  /// False: of messages that have attachments only that is written.
  bool attachments_listed = true;
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
mail_store(observed_pointer<mail_store_actor, mail_store_state> self, directory_slot slot,
           database_actor database, mail_store_limits limits);

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::store_messages)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::messages_stored)
