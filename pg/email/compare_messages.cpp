#include "pg/email/compare_messages.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<message_difference> compare_messages::run(connection& conn) const {
  std::vector<message_difference> found;
  auto compared =
    conn.exec(sql::compare_messages, inbox, provider.id, provider.thread_id, provider.subject,
              provider.snippet, provider.body, provider.from, provider.to, provider.cc,
              provider.bcc, provider.reply_to, provider.attachments, provider.folders,
              provider.metadata, provider.date, provider.unread, provider.starred, provider.carried,
              as_bytes(provider.core_hash), as_bytes(provider.extra_hash), comparison, read_at,
              day_text(days.from), day_text(days.to), mend);
  for (auto& [id, what] : compared.rows<message_id, std::string>())
    found.push_back({std::move(id), std::move(what)});
  return found;
}

} // namespace nova::pg
