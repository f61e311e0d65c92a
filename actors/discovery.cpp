#include "actors/discovery.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

// The cursor of a window:
//
//   strategy threads    "" ─▶ TOKEN ─▶ … ─▶ listed
//   strategy messages   "" ─▶ messages:TOKEN ─▶ … ─▶ threads: ─▶ threads:TOKEN ─▶ … ─▶ listed
//
// Who lists threads and meets messages:TOKEN begins the window; a bare TOKEN is a place among
// threads.
namespace nova {
namespace {

constexpr std::string_view of_messages = "messages:";
constexpr std::string_view of_threads = "threads:";
// `latest_message_after` may or may not be strict, and the provider's seconds are not ours
// (nylas-v3.md 2.2): windows overlap, and what is listed twice is stored and queued once.
constexpr int64_t overlap_seconds = 120;

std::string token_at(listed_kind kind, const std::string& cursor) {
  if (cursor.starts_with(of_messages))
    return kind == listed_kind::messages ? cursor.substr(of_messages.size()) : std::string{};
  return cursor.starts_with(of_threads) ? cursor.substr(of_threads.size()) : cursor;
}

int64_t latest_of(const nylas::thread& thread) {
  return std::max({thread.latest_message_received_date.value_or(0),
                   thread.latest_message_sent_date.value_or(0),
                   thread.earliest_message_date.value_or(0)});
}

nylas::parsed<discovered_page> read_messages(std::string&& body) {
  auto page = nylas::parse_message_page(std::move(body));
  if (!page)
    return tl::unexpected(page.error());
  discovered_page read;
  read.messages = std::move(page->items);
  std::erase_if(read.messages,
                [](const nylas::message& message) { return message.object != "message"; });
  read.rejected = std::move(page->rejected);
  read.next_cursor = std::string{page->next_cursor.empty() ? of_threads : of_messages};
  read.next_cursor += page->next_cursor;
  return read;
}

nylas::parsed<discovered_page> read_threads(discovery_strategy strategy, std::string&& body) {
  auto page = nylas::parse_thread_page(std::move(body));
  if (!page)
    return tl::unexpected(page.error());
  discovered_page read;
  for (auto& thread : page->items) {
    read.threads.push_back({thread_id{thread.id}, latest_of(thread)});
    auto& ids = read.thread_messages.emplace_back();
    for (auto& id : thread.message_ids)
      ids.push_back(message_id{std::move(id)});
  }
  read.rejected = std::move(page->rejected);
  if (strategy == discovery_strategy::messages && !page->next_cursor.empty())
    read.next_cursor = of_threads;
  read.next_cursor += page->next_cursor;
  return read;
}

} // namespace

listed_kind kind_at(discovery_strategy strategy, const std::string& cursor) {
  bool messages =
    strategy == discovery_strategy::messages && (cursor.empty() || cursor.starts_with(of_messages));
  return messages ? listed_kind::messages : listed_kind::threads;
}

nylas::api_request page_request(discovery_strategy strategy, const grant_id& grant,
                                const backfill_window& window, int limit) {
  auto kind = kind_at(strategy, window.cursor);
  auto token = token_at(kind, window.cursor);
  auto after = window.start - overlap_seconds;
  auto before = window.end + overlap_seconds;
  if (kind == listed_kind::messages) {
    nylas::message_query query;
    query.grant_id = grant.value;
    query.page_token = token;
    query.received_after = after;
    query.received_before = before;
    query.limit = limit;
    return nylas::list_messages(query);
  }
  nylas::thread_query query;
  query.grant_id = grant.value;
  query.page_token = token;
  query.latest_message_after = after;
  query.latest_message_before = before;
  query.limit = limit;
  return nylas::list_threads(query);
}

nylas::parsed<discovered_page> read_page(discovery_strategy strategy, const backfill_window& window,
                                         std::string&& body) {
  return kind_at(strategy, window.cursor) == listed_kind::messages
           ? read_messages(std::move(body))
           : read_threads(strategy, std::move(body));
}

} // namespace nova
