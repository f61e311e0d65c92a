#pragma once

#include "mail/message.hpp"
#include "pg/parameters.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace nova::pg {

/// Messages as columns, all of one length; views into what the caller owns. Lists are canonical
/// JSON text.
struct message_columns {
  std::vector<std::string_view> inbox_id;  // uuid
  std::vector<std::string_view> id;        // provider's
  std::vector<std::string_view> thread_id; // provider's; empty when unknown
  std::vector<std::string_view> subject, snippet, body;
  std::vector<std::string_view> from, to, cc, bcc, reply_to; // JSON arrays of {email, name}
  std::vector<std::string_view> attachments;                 // JSON array
  std::vector<std::string_view> folders;                     // JSON array of strings
  std::vector<std::string_view> metadata;                    // JSON object
  std::vector<std::optional<int64_t>> date;                  // seconds since 1970
  std::vector<bool> unread, starred;
  std::vector<uint32_t> carried;                       // nylas/model.hpp `carried`
  std::vector<std::string_view> core_hash, extra_hash; // raw bytes; extra empty when not carried
  std::vector<std::string_view> notes; // JSON object, empty when all fields were as promised
  std::vector<int64_t> lo, hi; // microseconds since 1970 when the state was read; lo INT64_MIN:
                               // open below (a notification)
  std::vector<std::string_view> origin;    // backfill | webhook | reconcile | refetch
  std::vector<std::string_view> rfc822_id; // the header Message-ID; empty where none is known

  /// An observation of one message, which must outlive this. `lo` and `hi` as above.
  void add(std::string_view inbox, const email_message& message, std::string_view seen_by,
           int64_t not_before, int64_t not_after);

  [[nodiscard]] size_t size() const {
    return id.size();
  }
};

/// A column of hashes as a parameter.
std::vector<bytes_view> as_bytes(const std::vector<std::string_view>& values);

} // namespace nova::pg
