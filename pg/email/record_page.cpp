#include "pg/email/record_page.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

page_recorded record_page::run(connection& conn) const {
  std::vector<std::string_view> ids, messages, owners;
  std::vector<int64_t> latest;
  for (const auto& thread : threads) {
    ids.push_back(thread.id.value);
    latest.push_back(thread.latest_message_at);
    for (const auto& message : thread.messages) {
      messages.push_back(message.value);
      owners.push_back(thread.id.value);
    }
  }
  auto recorded = conn.exec(sql::record_page, config, window.id, window.token, window.cursor,
                            next_cursor, ids, latest, messages, owners, check, pages);
  auto [to_sync, done, running] = recorded.one<uint32_t, bool, bool>();
  return {to_sync, done, running};
}

} // namespace nova::pg
