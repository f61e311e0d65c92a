#include "app/verification.hpp"

#include "base/clock.hpp"
#include "nylas/parse.hpp"
#include "nylas/transport.hpp"
#include "pg/mail_comparison.hpp"

#include <stdexcept>
#include <unordered_set>

namespace nova::app {
namespace {

constexpr size_t differences_max = 20;
constexpr int tries_max = 5;
constexpr std::chrono::milliseconds network_wait{1000};

int64_t now_us() {
  return base::wall_now().time_since_epoch().count();
}

nylas::api_response call(nylas::transport& transport, const nylas::api_request& request) {
  std::optional<nylas::api_response> answer;
  transport.start(request, [&](nylas::api_response response) { answer = std::move(response); });
  while (!answer)
    transport.run_once(network_wait);
  return std::move(*answer);
}

nylas::page<nylas::message> list(nylas::transport& transport, const nylas::api_request& request,
                                 verification& result) {
  std::string reason;
  for (int tries = 0; tries < tries_max; ++tries) {
    auto response = call(transport, request);
    ++result.api_calls;
    if (nylas::classify(request, response) == nylas::verdict::ok) {
      auto page = nylas::parse_message_page(std::move(response.body));
      if (page)
        return std::move(*page);
      reason = to_string(page.error());
    } else {
      reason = response.status == 0 ? response.failure : "HTTP " + std::to_string(response.status);
    }
  }
  throw std::runtime_error("the provider's messages cannot be listed: " + reason);
}

pg::message_columns columns_of(const std::vector<nylas::message>& messages,
                               std::string_view inbox) {
  pg::message_columns columns;
  for (const auto& message : messages) {
    if (message.object != "message")
      continue;
    columns.id.push_back(message.id);
    columns.thread_id.push_back(message.thread_id);
    columns.subject.push_back(message.subject);
    columns.snippet.push_back(message.snippet);
    columns.body.push_back(message.body);
    columns.from.push_back(message.from);
    columns.to.push_back(message.to);
    columns.cc.push_back(message.cc);
    columns.bcc.push_back(message.bcc);
    columns.reply_to.push_back(message.reply_to);
    columns.attachments.push_back(message.attachments);
    columns.folders.push_back(message.folders);
    columns.metadata.push_back(message.metadata);
    columns.date.push_back(message.date);
    columns.unread.push_back(message.unread);
    columns.starred.push_back(message.starred);
    columns.inbox_id.push_back(inbox);
    columns.carried.push_back(message.carried);
    columns.core_hash.push_back(message.core_hash);
    columns.extra_hash.push_back(message.extra_hash);
    columns.origin.push_back("reconcile");
  }
  return columns;
}

void tell(verification& result, std::string difference) {
  if (result.differences.size() < differences_max)
    result.differences.push_back(std::move(difference));
}

} // namespace

verification verify_mailbox(pg::connection& conn, const nylas::api_settings& api,
                            const verification_scope& scope) {
  verification result;
  nylas::transport transport{api, {}};
  std::unordered_set<std::string> seen, threads;
  nylas::message_query query;
  query.grant_id = scope.grant_id;
  do {
    auto asked_at = now_us();
    auto page = list(transport, nylas::list_messages(query), result);
    auto columns = columns_of(page.items, scope.inbox_id);
    for (size_t i = 0; i < columns.size(); ++i) {
      seen.emplace(columns.id[i]);
      threads.emplace(columns.thread_id[i]);
    }
    auto differing = pg::compare_messages(conn, scope.inbox_id, columns);
    for (const auto& [id, what] : differing) {
      ++(what == "missing" ? result.missing : result.stale);
      tell(result, id + ": " + what);
    }
    if (scope.repair && !differing.empty()) {
      columns.lo.assign(columns.size(), asked_at);
      columns.hi.assign(columns.size(), now_us());
      pg::store_messages(conn, columns);
      result.repaired += differing.size();
    }
    query.page_token = page.next_cursor;
    if (scope.progress)
      scope.progress(seen.size());
  } while (!query.page_token.empty());
  auto stored = pg::count_mail(conn, scope.inbox_id);
  result.messages = seen.size();
  result.threads = threads.size();
  result.threads_wrong = stored.threads_wrong;
  auto expected = result.messages - result.missing;
  result.extra = stored.messages > expected ? stored.messages - expected : 0;
  if (result.extra > 0)
    tell(result, std::to_string(result.extra) + " messages are in the database alone");
  if (stored.threads_wrong > 0)
    tell(result, std::to_string(stored.threads_wrong) + " threads do not match their messages");
  return result;
}

} // namespace nova::app
