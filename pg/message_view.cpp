#include "pg/message_view.hpp"

#include "mail/message.hpp"
#include "pg/email/find_rfc822_messages.hpp"

#include <algorithm>

namespace nova::pg {
namespace {

constexpr std::string_view by_rfc822 = "rfc822:";

} // namespace

std::vector<message_question> messages_of_rfc822(connection& conn, std::string_view rfc822_id,
                                                 std::string_view inbox, int64_t limit) {
  std::string bare{bare_rfc822_id(rfc822_id)};
  std::vector<message_question> all;
  for (auto& id : find_rfc822_messages{std::string{inbox}, bare, limit}.run(conn))
    all.push_back({std::move(id.value), std::string{inbox}, {}});
  if (all.empty())
    all.push_back({'<' + bare + '>', std::string{inbox}, {}});
  return all;
}

std::string message_view(connection& conn, std::string_view argument, int64_t limit) {
  auto named = argument.starts_with(by_rfc822);
  if (named)
    argument.remove_prefix(by_rfc822.size());
  // One in brackets may have blanks.
  auto bracket = named && argument.starts_with('<') ? argument.find('>') : 0;
  auto blank = argument.find(' ', bracket);
  std::string message{argument.substr(0, blank)};
  std::string inbox{blank == std::string_view::npos ? std::string_view{}
                                                    : argument.substr(blank + 1)};
  std::vector<view_row> rows;
  for (const auto& asked : named ? messages_of_rfc822(conn, message, inbox, limit)
                                 : std::vector<message_question>{{message, inbox, {}}})
    for (const auto& one : explain_message(conn, asked, limit).steps)
      rows.push_back({{"next", one.next},
                      {"step", one.step},
                      {"text", one.text},
                      {"at", one.at},
                      {"inbox", one.inbox},
                      {"message", asked.message},
                      {"state", one.state}});
  rows.resize(std::min(rows.size(), static_cast<size_t>(limit)));
  return view_text(rows);
}

} // namespace nova::pg
