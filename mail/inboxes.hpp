#pragma once

#include "mail/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nova {

/// A connected mailbox.
struct inbox {
  inbox_id id;
  std::string email;
  grant_id grant;
  std::string provider;
  std::string status; // active | throttled | auth_expired | reconciling | disabled | removed
  std::string status_reason;
  int64_t last_verified_at = 0;  // seconds; 0: never
  int64_t unreachable_since = 0; // seconds; 0: its mailbox can be called, as far as is known
};

/// A folder as somebody saw it; what is nothing stays as it is.
struct inbox_folder {
  inbox_id inbox;
  std::string id;
  std::optional<std::string> name = {}, parent_id = {};
  std::optional<std::string> attributes = {}; // JSON array
  std::optional<bool> system_folder = {};
  bool deleted = false;
};

/// A message of which it is in doubt what it looks like now.
struct refetch {
  inbox_id inbox;
  grant_id grant;
  message_id message;
  uint32_t not_found = 0; // confirmed 404s so far
  std::string provider = {};
};

/// An inbox of which is to be listed what it received from then on.
struct sweep {
  inbox_id inbox;
  grant_id grant;
  int64_t from = 0;     // seconds
  int64_t token = 0;    // of its claim
  std::string cursor{}; // of the page at which an earlier claim ended; empty: the first
  std::string provider = {};
};

} // namespace nova
