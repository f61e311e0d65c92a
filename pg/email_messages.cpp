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

void message_columns::add(std::string_view inbox, const email_message& message,
                          std::string_view seen_by, int64_t not_before, int64_t not_after) {
  inbox_id.push_back(inbox);
  id.push_back(message.id.value);
  thread_id.push_back(message.thread.value);
  subject.push_back(message.subject);
  snippet.push_back(message.snippet);
  body.push_back(message.body);
  from.push_back(message.from);
  to.push_back(message.to);
  cc.push_back(message.cc);
  bcc.push_back(message.bcc);
  reply_to.push_back(message.reply_to);
  attachments.push_back(message.attachments);
  folders.push_back(message.folders);
  metadata.push_back(message.metadata);
  date.push_back(message.date);
  unread.push_back(message.unread);
  starred.push_back(message.starred);
  carried.push_back(message.carried);
  core_hash.push_back(message.core_hash);
  extra_hash.push_back(message.extra_hash);
  notes.push_back(message.notes);
  lo.push_back(not_before);
  hi.push_back(not_after);
  origin.push_back(seen_by);
}

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
