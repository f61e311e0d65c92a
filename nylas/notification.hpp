#pragma once

#include "mail/notifications.hpp"
#include "nylas/parse.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace nova::nylas {

/// `type` without the suffixes `.truncated`, `.transformed`, `.transformed.truncated`, `.cleaned`,
/// `.metadata`, `.legacy`; of `message.*` and `thread.replied` without any suffix.
enum class trigger {
  message_created,
  message_updated,
  message_deleted,
  thread_replied,
  folder_created,
  folder_updated,
  folder_deleted,
  grant_created,
  grant_updated,
  grant_deleted,
  grant_expired,
  grant_imap_sync_completed,
  other, // acknowledged and recorded
};
std::string to_string(trigger);

/// A webhook notification, taken apart as far as routing needs.
struct notification {
  std::string id;
  /// As it came, suffixes included.
  std::string type;
  nylas::trigger trigger = trigger::other;
  /// The type has a suffix, so the payload is not the plain object: fetch that instead.
  bool partial = false;
  /// `data.object.grant_id`, else `data.grant_id`; empty when neither is there.
  std::string grant_id;
  /// `data.object.id`; for `thread.replied` its `message_id`. Empty when there is none.
  std::string object_id;
  /// Seconds, the envelope's `time`.
  int64_t time = 0;
  int attempt = 1;
  /// The object of message.created and message.updated when it is whole; else empty ids.
  email_message message;
  /// Of folder.*.
  nylas::folder folder;
  /// The message or folder, when it has no id that can be stored: there is nothing to fetch.
  std::optional<email_reject> rejected;
};

/// What the ingress needs before anything is trusted: envelope only, cheap. The payload is `body`,
/// mended, so that PostgreSQL takes it. Fails on what is not a notification (not JSON, no id, no
/// type).
parsed<incoming_notification> parse_envelope(std::string body);
parsed<notification> parse_notification(std::string body);

} // namespace nova::nylas
