#pragma once

#include "base/clock.hpp"
#include "mail/message.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Typed queries over the tables of schema/email. Every function throws `pg::error`, runs inside
/// the caller's transaction when there is one, and is set-based: the form for one row calls the
/// form for many. A refusal of the schema's own carries a SQLSTATE of class NV:
/// docs/email-schema.md lists them.
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
  std::vector<std::string_view> origin; // backfill | webhook | reconcile | refetch

  /// An observation of one message, which must outlive this. `lo` and `hi` as above.
  void add(std::string_view inbox, const email_message& message, std::string_view seen_by,
           int64_t not_before, int64_t not_after);

  [[nodiscard]] size_t size() const {
    return id.size();
  }
};

/// What became of each observation; the rule is in docs/decisions/004-version-intervals.md.
struct store_counts {
  uint32_t inserted = 0;
  uint32_t replaced = 0;
  uint32_t confirmed = 0; // same content: only the interval moved
  uint32_t ignored = 0;   // older than the row
  uint32_t doubtful = 0;  // overlaps: marked for one refetch
};

/// Writes messages, attachments and the aggregates of every touched thread. Locks threads in id
/// order.
store_counts store_messages(connection& conn, const message_columns& in);

/// `message.deleted`, or a 404 that was confirmed: tombstones, and recomputes their threads.
/// A message that is not known is recorded as a tombstone too, so that a late `created` cannot
/// revive it wrongly.
void tombstone_messages(connection& conn, const std::vector<std::string_view>& inbox_ids,
                        const std::vector<std::string_view>& message_ids,
                        const std::vector<int64_t>& lo, const std::vector<int64_t>& hi);

/// Makes about `limit` messages that changed searchable (flux_email_search), behind the sync path.
/// Returns how many; 0 when there is nothing to do or another node does it. For a maintenance task.
uint64_t fill_search(connection& conn, uint32_t limit);

} // namespace nova::pg
