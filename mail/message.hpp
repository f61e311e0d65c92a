#pragma once

#include "mail/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nova {

/// The fields that an observation of a message carries. Absent is not empty: what is not carried
/// must not overwrite what is stored. `message.updated` lacks attachments, bcc and reply_to
/// (reference), and an application may select the fields of all its answers and notifications.
enum carried : uint32_t {
  carries_subject = 1,
  carries_body = 2, // not in `.truncated` and `.metadata` notifications
  carries_attachments = 4,
  carries_bcc = 8,
  carries_reply_to = 16,
  carries_thread = 32,
  carries_snippet = 64,
  carries_from = 128,
  carries_to = 256,
  carries_cc = 512,
  carries_folders = 1024,
  carries_metadata = 2048,
  carries_date = 4096,
  carries_unread = 8192,
  carries_starred = 16384,
  carries_extras = carries_attachments | carries_bcc | carries_reply_to,
  carries_all = 32767,
  carries_core = carries_all & ~(carries_extras | carries_body),
};

/// A message of a mailbox as it was seen at one time. Lists of addresses and attachments are
/// canonical compact JSON, which is what is stored and what is hashed: nothing downstream takes
/// them apart.
struct email_message {
  message_id id;
  grant_id grant;
  /// Empty where the provider says none (some drafts).
  thread_id thread;
  /// "message" or "draft".
  std::string object = "message";
  std::string subject;
  std::string snippet;
  std::string body;
  std::string from = "[]", to = "[]", cc = "[]", bcc = "[]", reply_to = "[]";
  std::string attachments = "[]";
  /// JSON array of folder ids, sorted.
  std::string folders = "[]";
  /// JSON object; `{}` when absent.
  std::string metadata = "{}";
  /// Seconds since 1970, when the provider received it; absent on some drafts.
  std::optional<int64_t> date;
  bool unread = false;
  bool starred = false;
  uint32_t carried = 0;
  /// SHA-256 (first 16 bytes, raw) over a canonical form in which absent is as empty: `core_hash`
  /// covers core and body, `extra_hash` the extras and is empty when none of them is carried.
  std::string core_hash;
  std::string extra_hash;
  /// The header Message-ID without its brackets, where the answer has headers; in no hash.
  std::string rfc822_id;
  /// Which fields had another form than the API promises: `{"date":"what it was", …}`, or empty.
  std::string notes;
};

/// A Message-ID (RFC 5322) as it is stored and looked for: what is between its brackets, or all of
/// it, without blanks around. Empty above 998 bytes, which no line of a mail has.
std::string_view bare_rfc822_id(std::string_view header);

/// What the provider sent and nobody could read or store.
struct email_reject {
  std::string kind;     // message | thread | folder
  std::string id;       // the provider's, at most 4,096 bytes of it; empty: none
  std::string identity; // 16 bytes, raw; the same when it is seen again
  std::string reason;
  std::string raw; // compact JSON; empty: larger than 1 MiB
};

/// One that another version of the program could not read, to be tried by this one.
struct claimed_reject {
  inbox_id inbox;
  std::string kind, identity, raw;
  int64_t last_seen_at = 0; // microseconds since 1970
  config_id config;         // the newest backfill of its inbox that takes threads; empty: none
};

} // namespace nova
