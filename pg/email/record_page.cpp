#include "pg/email/record_page.hpp"

#include "mail/day_range.hpp"
#include "schema/queries.hpp"

#include <utility>

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
  std::vector<std::string> day_names;
  std::vector<int64_t> counts;
  std::vector<bytes_view> of_ids, of_content;
  auto add_day = [&](std::string day, const listed_day& of) {
    auto bytes = [](const auto& digest) {
      return bytes_view{{reinterpret_cast<const char*>(digest.data()), digest.size()}};
    };
    day_names.push_back(std::move(day));
    counts.push_back(of.listed);
    of_ids.push_back(bytes(of.ids));
    of_content.push_back(bytes(of.content));
  };
  static const listed_day none;
  if (days.counted)
    add_day("infinity", none);
  if (days.spoiled)
    add_day("-infinity", none);
  for (const auto& day : days.days)
    add_day(day_text(day.start), day);
  auto recorded =
    conn.exec(sql::record_page, config, window.id, window.token, window.cursor, next_cursor, ids,
              latest, messages, owners, check, pages, listed.messages, listed.threads,
              listed.threads_seen, listed.reached, listed.messages_done, listed.messages_cost,
              listed.threads_cost, day_names, counts, of_ids, of_content);
  auto [to_sync, done, running] = recorded.one<uint32_t, bool, bool>();
  return {to_sync, done, running};
}

} // namespace nova::pg
