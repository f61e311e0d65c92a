#include "actors/backfill.hpp"

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "messages/error.hpp"
#include "messages/timed_request.hpp"

#include <caf/stateful_actor.hpp>

#include <algorithm>

namespace nova {
namespace {

constexpr base::log log{"Backfill"};

using namespace std::chrono_literals;

constexpr auto call_timeout = std::chrono::seconds{7200};
constexpr auto database_timeout = 60s;
constexpr auto store_timeout = 120s;
constexpr auto throttle_pause = 5s;
constexpr base::backoff between_tries{500ms, 30s};
} // namespace

void backfill_state::open() {
  timed_request(self, links.database, database_timeout, open_backfill{config, token})
    .then(
      [this](backfill_opened& opened) {
        info = std::move(opened.info);
        planned = std::move(opened.windows);
        std::reverse(planned.begin(), planned.end());
        // All messages before the first threads: the more is stored, the more threads are whole.
        std::stable_partition(planned.begin(), planned.end(), [this](const auto& window) {
          return kind_at(settings.strategy, window.cursor) == listed_kind::threads;
        });
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
    if (links.hints)
      self->send(links.hints, check_completion{});
    self->quit();
  }
}

void backfill_state::list(int64_t window_id) {
  auto found = active.find(window_id);
  if (found == active.end())
    return;
  const auto& window = found->second;
  auto messages = lists_messages(window_id);
  doing((messages ? "listing messages, window " : "listing threads, window ")
        + std::to_string(window_id));
  auto request = page_request(settings.strategy, info.grant, window,
                              messages ? settings.messages_page_limit : settings.page_limit);
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
  auto page = read_page(settings.strategy, active.at(window_id), std::move(result.response.body));
  if (!page) {
    try_again(window_id, to_string(page.error()));
    return;
  }
  for (const auto& rejected : page->rejected)
    log.warn("not readable", {{"config", config}, {"reason", rejected}});
  if (lists_messages(window_id))
    store(window_id, std::move(*page), result);
  else
    record(window_id, std::move(*page));
}

bool backfill_state::lists_messages(int64_t window_id) const {
  return kind_at(settings.strategy, active.at(window_id).cursor) == listed_kind::messages;
}

void backfill_state::store(int64_t window_id, discovered_page&& page, const api_result& read) {
  doing("waiting until a page of " + std::to_string(page.messages.size()) + " messages is stored");
  store_messages request;
  request.inbox = info.inbox;
  request.lo = read.started_at;
  request.hi = read.answered_at;
  for (auto& message : page.messages)
    request.messages.push_back(to_email(std::move(message)));
  timed_request(self, links.store, store_timeout, std::move(request))
    .then([this, window_id,
           next = page.next_cursor](const messages_stored&) { stored(window_id, next); },
          [this, window_id](const caf::error& reason) { try_again(window_id, describe(reason)); });
}

void backfill_state::stored(int64_t window_id, const std::string& next_cursor) {
  if (active.count(window_id) == 0)
    return;
  timed_request(self, links.database, database_timeout,
                record_messages_page{config, active.at(window_id), next_cursor, token})
    .then(
      [this, window_id, next_cursor](done) {
        failures = 0;
        go_on(window_id, next_cursor);
      },
      // The same page again is idempotent.
      [this, window_id](const caf::error& reason) { try_again(window_id, describe(reason)); });
}

void backfill_state::record(int64_t window_id, discovered_page&& page) {
  record_page request;
  request.config = config;
  request.token = token;
  request.window = active.at(window_id);
  request.next_cursor = page.next_cursor;
  request.threads = std::move(page.threads);
  threads += request.threads.size();
  doing("writing a page of " + std::to_string(request.threads.size()) + " threads");
  auto answered = [this, window_id, next = page.next_cursor](const page_recorded& answer) {
    recorded(window_id, next, answer);
  };
  // The same page again is idempotent.
  auto failed = [this, window_id](const caf::error& reason) {
    try_again(window_id, describe(reason));
  };
  if (settings.strategy == discovery_strategy::messages)
    timed_request(self, links.database, database_timeout,
                  record_listed_page{std::move(request), std::move(page.thread_messages)})
      .then(answered, failed);
  else
    timed_request(self, links.database, database_timeout, std::move(request))
      .then(answered, failed);
}

void backfill_state::recorded(int64_t window_id, const std::string& next_cursor,
                              const page_recorded& answer) {
  if (active.count(window_id) == 0)
    return;
  failures = 0;
  if (answer.inserted > 0 && links.hints)
    self->send(links.hints, threads_available{});
  go_on(window_id, next_cursor);
}

void backfill_state::go_on(int64_t window_id, const std::string& next_cursor) {
  auto found = active.find(window_id);
  if (found == active.end())
    return;
  auto listed_messages = lists_messages(window_id);
  found->second.cursor = next_cursor;
  if (!next_cursor.empty() && lists_messages(window_id) == listed_messages) {
    list(window_id);
    return;
  }
  // Its threads wait until the messages of every window are stored.
  if (!next_cursor.empty())
    planned.insert(planned.begin(), std::move(found->second));
  active.erase(found);
  start_windows();
}

void backfill_state::refused(int64_t window_id, const api_result& result) {
  auto reason = describe(result.response);
  auto& limit = lists_messages(window_id) ? settings.messages_page_limit : settings.page_limit;
  switch (result.verdict) {
    case nylas::verdict::ok: return;
    case nylas::verdict::throttle:
    case nylas::verdict::auth:
      // No attempt is used; after a 401 the grant finds out whether it is paused.
      list_after(window_id, retry_after(result.response, throttle_pause));
      return;
    case nylas::verdict::transient:
      limit = std::max(limit / 2, 5);
      try_again(window_id, reason);
      return;
    case nylas::verdict::stale_cursor: restart(window_id); return;
    case nylas::verdict::gone: give_up(reason); return;
    case nylas::verdict::bad_item:
      if (result.response.too_large && limit > 1) {
        limit /= 2;
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
