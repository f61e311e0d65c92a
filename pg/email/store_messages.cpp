#include "pg/email/store_messages.hpp"

#include "schema/queries.hpp"

#include <algorithm>

namespace nova::pg {
store_counts store_messages::run(connection& conn) const {
  if (messages.size() == 0)
    return {};
  const auto& in = messages;
  // Most providers are not asked for it: then there is no array to send and to look through.
  auto known = std::any_of(in.rfc822_id.begin(), in.rfc822_id.end(),
                           [](std::string_view one) { return !one.empty(); });
  auto stored =
    conn.exec(sql::store_messages, in.inbox_id, in.id, in.thread_id, in.subject, in.snippet,
              in.body, in.from, in.to, in.cc, in.bcc, in.reply_to, in.attachments, in.folders,
              in.metadata, in.date, in.unread, in.starred, in.carried, as_bytes(in.core_hash),
              as_bytes(in.extra_hash), in.lo, in.hi, in.origin, in.notes,
              known ? in.rfc822_id : std::vector<std::string_view>{});
  auto [inserted, replaced, confirmed, ignored, doubtful] =
    stored.one<uint32_t, uint32_t, uint32_t, uint32_t, uint32_t>();
  return {inserted, replaced, confirmed, ignored, doubtful};
}

} // namespace nova::pg
