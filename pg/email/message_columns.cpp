#include "pg/email/message_columns.hpp"

namespace nova::pg {

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
  rfc822_id.push_back(message.rfc822_id);
}

std::vector<bytes_view> as_bytes(const std::vector<std::string_view>& values) {
  std::vector<bytes_view> all;
  all.reserve(values.size());
  for (auto value : values)
    all.push_back({value});
  return all;
}

} // namespace nova::pg
