#pragma once

#include "mail/message.hpp"
#include "mail/notifications.hpp"
#include "mail/threads.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
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

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::store_messages)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::messages_stored)
