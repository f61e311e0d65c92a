#include "pg/email.hpp"
#include "schema/queries.hpp"

namespace nova::pg {
namespace {

std::vector<bytes_view> as_bytes(const std::vector<std::string_view>& values) {
  std::vector<bytes_view> all;
  all.reserve(values.size());
  for (auto value : values)
    all.push_back({value});
  return all;
}

} // namespace

store_counts store_messages(connection& conn, const message_columns& in) {
  if (in.size() == 0)
    return {};
  auto stored =
    conn.exec(sql::store_messages, in.inbox_id, in.id, in.thread_id, in.subject, in.snippet,
              in.body, in.from, in.to, in.cc, in.bcc, in.reply_to, in.attachments, in.folders,
              in.metadata, in.date, in.unread, in.starred, in.carried, as_bytes(in.core_hash),
              as_bytes(in.extra_hash), in.lo, in.hi, in.origin, in.notes);
  auto [inserted, replaced, confirmed, ignored, doubtful] =
    stored.one<uint32_t, uint32_t, uint32_t, uint32_t, uint32_t>();
  return {inserted, replaced, confirmed, ignored, doubtful};
}

void tombstone_messages(connection& conn, const std::vector<std::string_view>& inbox_ids,
                        const std::vector<std::string_view>& message_ids,
                        const std::vector<int64_t>& lo, const std::vector<int64_t>& hi) {
  if (!message_ids.empty())
    conn.exec(sql::tombstone_messages, inbox_ids, message_ids, lo, hi);
}

uint64_t fill_search(connection& conn, uint32_t limit) {
  return conn.exec(sql::fill_search, limit).value<uint64_t>();
}

} // namespace nova::pg
