#include "actors/backfill.hpp"

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "messages/error.hpp"
#include "messages/timed_request.hpp"
#include "nylas/parse.hpp"

#include <caf/stateful_actor.hpp>

#include <algorithm>

namespace nova {
namespace {

constexpr base::log log{"Backfill"};

using namespace std::chrono_literals;

constexpr auto call_timeout = std::chrono::seconds{7200};
constexpr auto database_timeout = 60s;
constexpr auto throttle_pause = 5s;
constexpr base::backoff between_tries{500ms, 30s};
// `latest_message_after` may or may not be strict, and the provider's seconds are not ours
// (nylas-v3.md 2.2): windows overlap, and a thread that is listed twice is queued once.
constexpr int64_t overlap_seconds = 120;

int64_t latest_of(const nylas::thread& thread) {
  return std::max({thread.latest_message_received_date.value_or(0),
                   thread.latest_message_sent_date.value_or(0),
                   thread.earliest_message_date.value_or(0)});
}

} // namespace

void backfill_state::open() {
  timed_request(self, links.database, database_timeout, open_backfill{config, token})
    .then(
      [this](backfill_opened& opened) {
        info = std::move(opened.info);
        planned = std::move(opened.windows);
        std::reverse(planned.begin(), planned.end());
        log.info("discovery runs", {{"config", config}, {"windows", planned.size()}});
        if (planned.empty())
          self->quit();
        else
          start_windows();
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

void backfill_state::start_windows() {
  while (!planned.empty() && active.size() < settings.windows_parallel) {
    auto window = std::move(planned.back());
    planned.pop_back();
    auto id = window.id;
    active.emplace(id, std::move(window));
    list(id);
  }
  if (active.empty()) {
    log.info("discovery done", {{"config", config}, {"threads", threads}});
    // When the last windows were empty nothing else would make anybody look whether all is done.
    if (links.dispatcher)
      self->send(links.dispatcher, threads_available{});
    self->quit();
  }
}

void backfill_state::list(int64_t window_id) {
  auto found = active.find(window_id);
  if (found == active.end())
    return;
  const auto& window = found->second;
  doing("listing threads, window " + std::to_string(window_id));
  nylas::thread_query query;
  query.grant_id = info.grant.value;
  query.page_token = window.cursor;
  query.latest_message_after = window.start - overlap_seconds;
  query.latest_message_before = window.end + overlap_seconds;
  query.limit = settings.page_limit;
  auto request = nylas::list_threads(query);
  call_grant call;
  call.grant = info.grant;
  call.call = to_call(nylas::api_request{request});
  timed_request(self, links.grants, call_timeout, std::move(call))
    .then([this, window_id,
           request](api_answered& answer) { accept(window_id, judge(request, std::move(answer))); },
          [this, window_id](const caf::error& reason) {
            if (reason == ec::grant_paused) {
              // Its keeper starts it again when the inbox can be called.
              log.info("discovery waits for the grant", {{"config", config}});
              self->quit();
            } else {
              try_again(window_id, describe(reason));
            }
          });
}

void backfill_state::accept(int64_t window_id, api_result&& result) {
  // Another window has given up meanwhile.
  if (active.count(window_id) == 0)
    return;
  if (result.verdict != nylas::verdict::ok) {
    refused(window_id, result);
    return;
  }
  auto page = nylas::parse_thread_page(std::move(result.response.body));
  if (!page) {
    try_again(window_id, to_string(page.error()));
    return;
  }
  for (const auto& rejected : page->rejected)
    log.warn("thread refused", {{"config", config}, {"reason", rejected}});
  record(window_id, *page);
}

void backfill_state::record(int64_t window_id, const nylas::page<nylas::thread>& page) {
  record_page request;
  request.config = config;
  request.token = token;
  request.window = active.at(window_id);
  request.next_cursor = page.next_cursor;
  for (const auto& thread : page.items)
    request.threads.push_back({thread_id{thread.id}, latest_of(thread)});
  threads += request.threads.size();
  doing("writing a page of " + std::to_string(request.threads.size()) + " threads");
  timed_request(self, links.database, database_timeout, std::move(request))
    .then([this, window_id, next = page.next_cursor](
            const page_recorded& answer) { recorded(window_id, next, answer); },
          [this, window_id](const caf::error& reason) {
            // The same page again is idempotent.
            try_again(window_id, describe(reason));
          });
}

void backfill_state::recorded(int64_t window_id, const std::string& next_cursor,
                              const page_recorded& answer) {
  if (active.count(window_id) == 0)
    return;
  failures = 0;
  if (answer.inserted > 0 && links.dispatcher)
    self->send(links.dispatcher, threads_available{});
  if (next_cursor.empty()) {
    active.erase(window_id);
    start_windows();
    return;
  }
  active.at(window_id).cursor = next_cursor;
  list(window_id);
}

void backfill_state::refused(int64_t window_id, const api_result& result) {
  auto reason = describe(result.response);
  switch (result.verdict) {
    case nylas::verdict::ok: return;
    case nylas::verdict::throttle:
    case nylas::verdict::auth:
      // No attempt is used; after a 401 the grant finds out whether it is paused.
      list_after(window_id, retry_after(result.response, throttle_pause));
      return;
    case nylas::verdict::transient:
      settings.page_limit = std::max(settings.page_limit / 2, 5);
      try_again(window_id, reason);
      return;
    case nylas::verdict::stale_cursor: restart(window_id); return;
    case nylas::verdict::gone: give_up(reason); return;
    case nylas::verdict::bad_item:
      if (result.response.too_large && settings.page_limit > 1) {
        settings.page_limit /= 2;
        list(window_id);
      } else {
        give_up(reason);
      }
      return;
  }
}

void backfill_state::restart(int64_t window_id) {
  log.warn("the cursor is stale: its window starts again",
           {{"config", config}, {"window", window_id}});
  timed_request(self, links.database, database_timeout, restart_window{config, window_id})
    .then(
      [this, window_id](done) {
        if (auto found = active.find(window_id); found != active.end())
          found->second.cursor.clear();
        list(window_id);
      },
      [this, window_id](const caf::error& reason) { try_again(window_id, describe(reason)); });
}

void backfill_state::try_again(int64_t window_id, const std::string& reason) {
  if (active.count(window_id) == 0)
    return;
  log.debug("page failed", {{"config", config}, {"window", window_id}, {"reason", reason}});
  if (++failures > settings.failures_max)
    give_up(reason);
  else
    list_after(window_id, between_tries.delay(failures - 1, random));
}

void backfill_state::list_after(int64_t window_id, std::chrono::milliseconds delay) {
  self->delayed_send(self, delay, list_page{window_id});
}

void backfill_state::give_up(const std::string& reason) {
  active.clear();
  planned.clear();
  timed_request(self, links.database, database_timeout, fail_backfill{config, reason, token})
    .then(
      [this, reason](backfill_failed answer) {
        log.error(answer.final ? "discovery failed" : "discovery will be tried again",
                  {{"config", config}, {"reason", reason}});
        self->quit();
      },
      [this](const caf::error& failure) { self->quit(failure); });
}

backfill_actor::behavior_type backfill(observed_pointer<backfill_actor, backfill_state> self,
                                       base::directory_slot slot, backfill_task task,
                                       backfill_links links, backfill_settings settings) {
  self->state.slot = std::move(slot);
  self->state.config = std::move(task.config);
  self->state.token = task.token;
  self->state.links = std::move(links);
  self->state.settings = settings;
  self->state.open();
  return {
    [self](const list_page& due) { self->state.list(due.window_id); },
  };
}

} // namespace nova
