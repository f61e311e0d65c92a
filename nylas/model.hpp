#pragma once

#include "mail/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::nylas {

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

/// An endpoint of the application that notifications are sent to.
struct webhook_endpoint {
  std::string id;
  std::string url;    // without its query, which may hold a secret, and without a user
  std::string status; // "active", "failing", "failed" or "pause"
};

/// One page of a list. An empty cursor is the end (absent, null and "" all mean it).
template <class T>
struct page {
  std::vector<T> items;
  std::string next_cursor;
  std::vector<email_reject> rejected; // no object, or without an id that can be stored
};

} // namespace nova::nylas
