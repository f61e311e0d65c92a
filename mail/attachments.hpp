#pragma once

#include "mail/ids.hpp"
#include "mail/message.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nova {

/// What is stored of attachments: NOVA_STORE_ATTACHMENTS.
struct kept_attachments {
  bool listed = true;     // what the provider lists of each: its name, type and size
  uint64_t bytes_max = 0; // the bytes of those that have no more; 0: of none

  friend bool operator==(const kept_attachments&, const kept_attachments&) = default;
};

/// Where nothing is kept of attachments: of a message that has some only this is stored. Its hash
/// of the extras becomes another, so that a message that is read with another setting is replaced.
void leave_out_attachments(email_message& message);

/// An attachment whose bytes are to be fetched, as a node has claimed it.
struct due_attachment {
  inbox_id inbox;
  grant_id grant;
  message_id message;
  attachment_id id;
  std::optional<uint64_t> listed_size = {}; // bytes, as the provider estimates
  uint32_t attempts = 0;                    // failures of its own so far
  int64_t claimed_until = 0;                // microseconds since 1970: the claim's name
};

/// How a claim of an attachment ended without bytes.
enum class attachment_outcome : uint8_t {
  later,  // by no fault of its own
  failed, // it waits longer each time
  gone,   // 404; the second in a row decides
  too_large,
};
std::string to_string(attachment_outcome);

/// Stored bytes of an attachment whose sha256 was computed again.
struct checked_content {
  std::string sha256;  // 32 bytes, raw
  std::string problem; // missing, altered, or empty: they are what they were
  message_id message;  // of an attachment that has them
  attachment_id id;
};

} // namespace nova
