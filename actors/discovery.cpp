#include "actors/discovery.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

// The cursor of a window is STEP[+]:[PLACE], + when ids are compared after it:
//
//   strategy messages    "" ─▶ messages:TOKEN … ─▶ (folders:N:FOLDER:TOKEN …) ─▶ threads:TOKEN … ─▶
//   (check:TOKEN …) strategy threads     "" ─▶ threads+:TOKEN … ─▶ (folders+:N:FOLDER:TOKEN …) ─▶
//   check:TOKEN …
//
// Of Google's the strategy messages ends with the step `messages`.
//
// Every node can go on at every place; where a step leads is for its own strategy to say.
//
// Why ids are compared: a list whose cursor is an offset skips one when something before it goes
// away meanwhile. Threads and messages are two lists of the same mail, so each finds what the other
// skipped; where messages took more than one page they are compared once more. Google's cursors are
// none, and there each id costs as much as the message, and each thread as two; a message that is
// too large to be listed has the threads listed and the ids compared there too.
namespace nova {
namespace {

constexpr std::array<std::string_view, 4> step_names{"messages", "folders", "threads", "check"};
// `latest_message_after` may or may not be strict (the API's pages do not say), and the provider's
// seconds are not ours: windows overlap, and what is listed twice is stored and queued once.
constexpr int64_t overlap_seconds = 120;
constexpr int64_t cache_seconds = int64_t{90 - 7} * 24 * 3600;

int64_t latest_of(const nylas::thread& thread) {
  return std::max({thread.latest_message_received_date.value_or(0),
                   thread.latest_message_sent_date.value_or(0),
                   thread.earliest_message_date.value_or(0)});
}

uint64_t key_of(const std::string& id) {
  return std::hash<std::string>{}(id);
}

std::string_view name_of(listing_step step) {
  return step_names.at(static_cast<size_t>(step));
}

nylas::parsed<discovered_page> read_messages(std::string&& body) {
  auto page = nylas::parse_message_page(std::move(body));
  if (!page)
    return tl::unexpected(page.error());
  discovered_page read;
  for (const auto& message : page->items)
    read.keys.push_back(key_of(message.id.value));
  read.messages = std::move(page->items);
  std::erase_if(read.messages,
                [](const email_message& message) { return message.object != "message"; });
  read.rejected = std::move(page->rejected);
  read.page_token = std::move(page->next_cursor);
  return read;
}

nylas::parsed<discovered_page> read_threads(std::string&& body) {
  auto page = nylas::parse_thread_page(std::move(body));
  if (!page)
    return tl::unexpected(page.error());
  discovered_page read;
  for (auto& thread : page->items) {
    read.keys.push_back(key_of(thread.id));
    auto& listed = read.threads.emplace_back();
    listed.latest_message_at = latest_of(thread);
    listed.id = thread_id{std::move(thread.id)};
    for (auto& id : thread.message_ids)
      listed.messages.push_back(message_id{std::move(id)});
  }
  read.rejected = std::move(page->rejected);
  read.page_token = std::move(page->next_cursor);
  return read;
}

nylas::parsed<discovered_page> read_ids(std::string&& body) {
  auto page = nylas::parse_message_page(std::move(body));
  if (!page)
    return tl::unexpected(page.error());
  discovered_page read;
  std::map<std::string, listed_thread> threads;
  for (auto& message : page->items) {
    read.keys.push_back(key_of(message.id.value));
    if (message.object != "message")
      continue;
    if (message.thread.value.empty()) {
      read.threadless = true;
      continue;
    }
    auto& thread = threads[message.thread.value];
    thread.id = message.thread;
    thread.latest_message_at = std::max(thread.latest_message_at, message.date.value_or(0));
    thread.messages.push_back(std::move(message.id));
  }
  for (auto& [id, thread] : threads)
    read.threads.push_back(std::move(thread));
  read.rejected = std::move(page->rejected);
  read.page_token = std::move(page->next_cursor);
  return read;
}

nylas::message_query messages_of(const listed_mailbox& mailbox, const backfill_window& window,
                                 const listing_place& place, int limit) {
  nylas::message_query query;
  query.grant_id = mailbox.grant.value;
  query.provider = mailbox.provider;
  query.page_token = place.page_token;
  // Of all mail there is the oldest window has no beginning.
  if (window.start > 0)
    query.received_after = window.start - overlap_seconds;
  if (window.end != 0)
    query.received_before = window.end + overlap_seconds;
  query.limit = limit;
  return query;
}

} // namespace

listing_place read_cursor(discovery_strategy strategy, const std::string& cursor) {
  listing_place beginning;
  beginning.step =
    strategy == discovery_strategy::messages ? listing_step::messages : listing_step::threads;
  beginning.check = strategy == discovery_strategy::threads;
  std::string_view rest = cursor;
  for (auto step : {listing_step::messages, listing_step::folders, listing_step::threads,
                    listing_step::check}) {
    auto name = name_of(step);
    if (!rest.starts_with(name))
      continue;
    rest.remove_prefix(name.size());
    listing_place place;
    place.step = step;
    place.check = rest.starts_with('+');
    rest.remove_prefix(place.check ? 1 : 0);
    if (!rest.starts_with(':'))
      return beginning;
    rest.remove_prefix(1);
    if (step == listing_step::folders) {
      size_t length = 0;
      auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), length);
      rest.remove_prefix(static_cast<size_t>(end - rest.data()));
      if (error != std::errc{} || rest.size() < length + 2)
        return beginning;
      place.folder = rest.substr(1, length);
      rest.remove_prefix(length + 2);
    }
    place.page_token = rest;
    return place;
  }
  return beginning;
}

std::string to_cursor(const listing_place& place) {
  std::string cursor{name_of(place.step)};
  cursor += place.check ? "+:" : ":";
  if (place.step == listing_step::folders)
    cursor += std::to_string(place.folder.size()) + ':' + place.folder + ':';
  return cursor + place.page_token;
}

std::string folder_at(const listing_place& place, const std::vector<std::string>& folders) {
  auto at = std::lower_bound(folders.begin(), folders.end(), place.folder);
  return at == folders.end() ? std::string{} : *at;
}

bool lists_threads(const window_kind& kind) {
  return kind.strategy == discovery_strategy::threads || kind.provider != "google";
}

int messages_page_max(const std::string& provider) {
  return provider == "google" ? 100 : 200;
}

std::string cursor_after(const window_kind& kind, const listing_place& place,
                         const std::vector<std::string>& folders) {
  auto next = place;
  next.page_token.clear();
  auto to = [&next](listing_step step) {
    next.step = step;
    next.folder.clear();
    next.check = step != listing_step::check && next.check;
    return to_cursor(next);
  };
  switch (place.step) {
    case listing_step::messages:
      if (!place.check && !lists_threads(kind))
        return {};
      next.check = place.check || (!place.page_token.empty() && kind.provider != "google");
      return to(kind.beyond_cache ? listing_step::folders : listing_step::threads);
    case listing_step::folders: {
      auto after = std::upper_bound(folders.begin(), folders.end(), place.folder);
      if (after != folders.end()) {
        next.folder = *after;
        return to_cursor(next);
      }
      if (kind.strategy == discovery_strategy::messages)
        return to(listing_step::threads);
      return next.check ? to(listing_step::check) : std::string{};
    }
    case listing_step::threads:
      if (kind.strategy == discovery_strategy::threads && kind.beyond_cache)
        return to(listing_step::folders);
      return next.check ? to(listing_step::check) : std::string{};
    case listing_step::check: return {};
  }
  return {};
}

std::optional<int64_t> cached_since(const std::string& provider, int64_t now) {
  return nylas::is_imap(provider) ? std::optional{now - cache_seconds} : std::nullopt;
}

bool reaches_beyond_cache(const std::string& provider, const backfill_window& window, int64_t now) {
  auto since = cached_since(provider, now);
  return since && window.start < *since;
}

bool of_first_leg(listing_step step) {
  return step == listing_step::messages || step == listing_step::folders;
}

nylas::api_request page_request(const listed_mailbox& mailbox, const backfill_window& window,
                                const listing_place& place, int limit) {
  if (place.step == listing_step::threads) {
    nylas::thread_query query;
    query.grant_id = mailbox.grant.value;
    query.page_token = place.page_token;
    if (window.start > 0)
      query.latest_message_after = window.start - overlap_seconds;
    if (window.end != 0)
      query.latest_message_before = window.end + overlap_seconds;
    query.limit = limit;
    return nylas::list_threads(query);
  }
  auto query = messages_of(mailbox, window, place, limit);
  if (place.step == listing_step::check)
    query.select = "id,grant_id,object,thread_id,date";
  if (place.step == listing_step::folders)
    query.imap_folder = place.folder;
  return nylas::list_messages(query);
}

nylas::api_request whole_page_request(const listed_mailbox& mailbox, const backfill_window& window,
                                      const listing_place& place, int limit) {
  return nylas::list_messages(messages_of(mailbox, window, place, limit));
}

nylas::parsed<discovered_page> read_page(listing_step step, std::string&& body) {
  switch (step) {
    case listing_step::messages:
    case listing_step::folders: return read_messages(std::move(body));
    case listing_step::threads: return read_threads(std::move(body));
    case listing_step::check: break;
  }
  return read_ids(std::move(body));
}

nylas::parsed<std::vector<email_message>> read_threadless(std::string&& body) {
  auto page = nylas::parse_message_page(std::move(body));
  if (!page)
    return tl::unexpected(page.error());
  std::erase_if(page->items, [](const email_message& message) {
    return message.object != "message" || !message.thread.value.empty();
  });
  return std::move(page->items);
}

} // namespace nova
