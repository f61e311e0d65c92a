#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::nylas {

/// Groups of fields that an observation of a message carries. Absent is not empty: a group that is
/// not carried must not overwrite what is stored (reference: `message.updated` lacks attachments,
/// bcc, reply_to).
enum carried : uint32_t {
  carries_core = 1,        // everything but the groups below
  carries_body = 2,        // body; not in `.truncated` and `.metadata` notifications
  carries_attachments = 4, // attachments
  carries_bcc = 8,
  carries_reply_to = 16,
  carries_all = 31,
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
  /// SHA-256 (first 16 bytes, raw) over the canonical form of what is in the group; `core_hash`
  /// covers core and body, `extra_hash` covers attachments, bcc and reply_to and is empty unless
  /// all three are carried.
  std::string core_hash;
  std::string extra_hash;
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
};

struct folder {
  std::string id;
  std::string grant_id;
  std::string name;
  std::string parent_id;
  std::vector<std::string> attributes;
  bool system_folder = false;
};

struct grant {
  std::string id;
  std::string provider;
  std::string email;
  /// "valid" or "invalid"; empty when the answer had none.
  std::string grant_status;
  bool blocked = false;
};

/// One page of a list. An empty cursor is the end (absent, null and "" all mean it).
template <class T>
struct page {
  std::vector<T> items;
  std::string next_cursor;
  /// Elements that were not objects or lacked what is required; each says where and why.
  std::vector<std::string> rejected;
};

} // namespace nova::nylas
