#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::nylas {

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

/// A message as the API reports it. Lists of addresses and attachments are canonical compact JSON,
/// which is what is stored and what is hashed: nothing downstream takes them apart.
struct message {
  std::string id;
  std::string grant_id;
  /// Empty where the provider says none (some drafts).
  std::string thread_id;
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
  /// Which fields had another form than the API promises: `{"date":"what it was", …}`, or empty.
  std::string notes;
};

/// A thread as discovery lists it, without `latest_draft_or_message`.
struct thread {
  std::string id;
  std::string grant_id;
  std::string subject;
  std::string snippet;
  std::vector<std::string> message_ids;
  std::optional<int64_t> earliest_message_date;
  std::optional<int64_t> latest_message_received_date;
  std::optional<int64_t> latest_message_sent_date;
  std::string notes; // as a message's
};

/// Absent is not empty here either.
struct folder {
  std::string id;
  std::string grant_id;
  std::optional<std::string> name;
  std::optional<std::string> parent_id;
  std::optional<std::string> attributes; // JSON array
  std::optional<bool> system_folder;
  std::string notes; // as a message's
};

struct grant {
  std::string id;
  std::string provider;
  std::string email;
  /// "valid" or "invalid"; empty when the answer had none.
  std::string grant_status;
  bool blocked = false;
};

/// An element of a page that cannot be read: it is no object, or has no id that can be stored.
struct rejected_item {
  std::string id;       // at most 4,096 bytes of it; empty: none
  std::string identity; // 16 bytes, raw; the same when it is listed again
  std::string reason;
  std::string raw; // compact JSON; empty above 1 MiB
};

/// One page of a list. An empty cursor is the end (absent, null and "" all mean it).
template <class T>
struct page {
  std::vector<T> items;
  std::string next_cursor;
  std::vector<rejected_item> rejected;
};

} // namespace nova::nylas
