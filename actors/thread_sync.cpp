#include "actors/thread_sync.hpp"

#include "actors/rejects.hpp"
#include "base/backoff.hpp"
#include "base/ensure.hpp"
#include "base/log.hpp"
#include "base/seed.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "nylas/parse.hpp"
#include "pg/email/excuse_messages.hpp"

#include <caf/stateful_actor.hpp>

#include <algorithm>

namespace nova {
namespace {

constexpr base::log thread_sync_log{"ThreadSync"};

using namespace std::chrono_literals;

constexpr auto thread_throttle_pause = 3s;
constexpr auto paused_pause = 60s;
// It is not claimed while nothing can be called, and soon after.
constexpr auto thread_unreachable_pause = 10s;
// A second 404 counts only that long after the first: the API's indexes lag behind.
constexpr auto gone_pause = 60s;
constexpr size_t messages_per_store = 500;
constexpr uint32_t halvings_max = 4;
constexpr base::backoff between_attempts{2s, 300s};
// The answer to the same question is mostly the same; it is asked again after a day.
constexpr base::backoff between_refusals{1s, 30s};

} // namespace

std::chrono::milliseconds thread_sync_state::attempt_delay(const base::backoff& between) const {
  // Drawn once in its life, so it keeps no engine of two kilobytes.
  auto random = base::random_engine(settings.seed);
  return between.delay(claim.attempt, random);
}

void thread_sync_state::fetch() {
  doing(pages == 0 ? std::string("fetching messages")
                   : "fetching messages, page " + std::to_string(pages + 1));
  nylas::message_query query;
  query.grant_id = claim.grant.value;
  query.thread_id = claim.thread.value;
  query.page_token = page_token;
  query.limit = page_limit;
  query.provider = claim.provider;
  call_grant call;
  call.grant = claim.grant;
  call.asker = slot;
  call.call = nylas::list_messages(query);
  // It waits for its turn; `grants` bounds the call itself, and the dispatcher, with one timer for
  // all, the thread. A time-out each was a fifth of what it costs to start one.
  timed_request(self, needs.grants, caf::infinite, std::move(call))
    .then([this](api_answered& answer) { accept(std::move(answer)); },
          [this](const caf::error& reason) { failed(reason); });
}

/// Some lists end with a 404 instead of a page without a cursor.
bool thread_sync_state::ended_early(const api_answered& result) const {
  return result.verdict == nylas::verdict::gone && !page_token.empty();
}

void thread_sync_state::accept(api_answered&& result) {
  if (ended_early(result)) {
    accept_page({}, result);
    return;
  }
  if (result.verdict != nylas::verdict::ok) {
    refused(result);
    return;
  }
  auto size = result.body.size();
  auto page = nylas::parse_message_page(std::move(result.body));
  if (!page) {
    // Half an answer is a broken connection more often than a broken mailbox: try again.
    end(thread_outcome::retry, to_string(page.error()), attempt_delay(between_attempts));
    return;
  }
  if (size > large_page)
    page_limit = std::max(page_limit / 2, 1);
  accept_page(std::move(*page), result);
}

void thread_sync_state::accept_page(nylas::page<email_message>&& page, const api_answered& read) {
  for (const auto& message : page.items)
    unseen.erase(message.id.value);
  for (const auto& rejected : page.rejected)
    if (unseen.erase(rejected.id) > 0) {
      excused_.push_back(message_id{rejected.id});
      excuses_.push_back("it cannot be read: " + rejected.reason);
    }
  if (++pages > settings.pages_max)
    end(thread_outcome::failed, "more than " + std::to_string(settings.pages_max) + " pages");
  else if (!page.next_cursor.empty() && page.next_cursor == page_token)
    end(thread_outcome::retry, "the provider gives the cursor that it was given",
        attempt_delay(between_attempts));
  else if (page.next_cursor.empty() && unseen.size() > settings.named_max)
    end(thread_outcome::retry,
        "of the messages that were named " + std::to_string(unseen.size()) + " are not listed",
        attempt_delay(between_attempts));
  else
    store_page(std::move(page), read);
}

void thread_sync_state::store_page(nylas::page<email_message>&& page, const api_answered& read) {
  store_messages request;
  request.inbox = claim.inbox;
  request.origin = mail_origin::backfill;
  request.lo = read.started_at;
  request.hi = read.answered_at;
  for (auto& message : page.items)
    if (message.object == "message")
      request.messages.push_back(std::move(message));
  request.rejects = std::move(page.rejected);
  tell_rejects(claim.inbox, request.rejects);
  base::ensure(request.messages.size() <= messages_per_store, "a page is at most 200 messages");
  messages += static_cast<uint32_t>(request.messages.size());
  doing("waiting until the messages are stored");
  auto pause = settings.message_delay * request.messages.size();
  if (page.next_cursor.empty() && unseen.empty() && excused_.empty()) {
    request.completes = claim;
    request.thread_messages = messages;
  }
  timed_request(self, needs.store, store_timeout, std::move(request))
    .then(
      [this, pause, next = page.next_cursor, share = read.share](const messages_stored&) {
        if (pause > 0ms && !next.empty()) {
          page_token = next;
          rest.after(pause, [this] { fetch(); });
        } else {
          stored(next);
        }
      },
      [this](const caf::error& reason) { failed(reason); });
}

/// Index lag, trash and spam: the list of a thread leaves out what its message ids name.
void thread_sync_state::fetch_next_named() {
  if (unseen.empty()) {
    complete();
    return;
  }
  auto id = *unseen.begin();
  doing("fetching a message that was named, " + std::to_string(unseen.size()) + " left");
  call_grant call;
  call.grant = claim.grant;
  call.asker = slot;
  call.call = nylas::get_message(claim.grant.value, id, claim.provider);
  timed_request(self, needs.grants, caf::infinite, std::move(call))
    .then([this, id](api_answered& answer) { accept_named(id, std::move(answer)); },
          [this](const caf::error& reason) { failed(reason); });
}

/// The list goes no further than a message that is too large even alone. What else was named is
/// fetched by its id before the thread fails.
void thread_sync_state::fetch_around_large(const std::string& reason) {
  too_large_ = reason;
  if (unseen.size() > settings.named_max)
    unseen.clear();
  fetch_next_named();
}

void thread_sync_state::accept_named(const std::string& id, api_answered&& result) {
  if (result.verdict == nylas::verdict::gone) {
    excuse(id, "the provider does not have it: " + describe(result));
    return;
  }
  if (result.verdict == nylas::verdict::bad_item && result.too_large) {
    too_large_ = "message " + id + ": " + describe(result);
    unseen.erase(id);
    fetch_next_named();
    return;
  }
  if (result.verdict == nylas::verdict::bad_item) {
    excuse(id, "the provider does not give it: " + describe(result));
    return;
  }
  if (result.verdict != nylas::verdict::ok) {
    refused(result);
    return;
  }
  auto message = nylas::parse_message(std::move(result.body));
  if (!message)
    excuse(id, "it cannot be read: " + to_string(message.error()));
  else if (message->object != "message")
    excuse(id, "it is a " + message->object);
  else if (message->id.value != id)
    excuse(id, "the provider answers with another, " + message->id.value);
  else
    store_named(std::move(*message), result);
}

void thread_sync_state::store_named(email_message&& message, const api_answered& read) {
  store_messages request;
  request.inbox = claim.inbox;
  request.origin = mail_origin::backfill;
  request.lo = read.started_at;
  request.hi = read.answered_at;
  unseen.erase(message.id.value);
  request.messages.push_back(std::move(message));
  ++messages;
  timed_request(self, needs.store, store_timeout, std::move(request))
    .then([this](const messages_stored&) { fetch_next_named(); },
          [this](const caf::error& reason) { failed(reason); });
}

void thread_sync_state::excuse(const std::string& id, const std::string& reason) {
  unseen.erase(id);
  excused_.push_back(message_id{id});
  excuses_.push_back(reason);
  fetch_next_named();
}

void thread_sync_state::complete() {
  if (!excused_.empty()) {
    thread_sync_log.info(
      "thread is complete but for messages that the provider names and does not give",
      {{"thread", claim.thread}, {"messages", excused_.size()}, {"reason", excuses_[0]}});
    pg::excuse_messages named{claim.config, claim.thread, std::move(excused_), std::move(excuses_)};
    excused_.clear();
    excuses_.clear();
    ask(self, needs.database, std::move(named), store_timeout)
      .then([this] { complete(); }, [this](const caf::error& reason) { failed(reason); });
    return;
  }
  if (!too_large_.empty()) {
    end(thread_outcome::failed, too_large_);
    return;
  }
  store_messages request;
  request.inbox = claim.inbox;
  request.origin = mail_origin::backfill;
  request.completes = claim;
  request.thread_messages = messages;
  timed_request(self, needs.store, store_timeout, std::move(request))
    .then([this](const messages_stored&) { end(thread_outcome::completed); },
          [this](const caf::error& reason) { failed(reason); });
}

void thread_sync_state::stored(const std::string& next_cursor) {
  if (!next_cursor.empty()) {
    page_token = next_cursor;
    fetch();
  } else if (unseen.empty() && excused_.empty()) {
    end(thread_outcome::completed);
  } else {
    fetch_next_named();
  }
}

void thread_sync_state::refused(const api_answered& result) {
  auto reason = describe(result);
  switch (result.verdict) {
    case nylas::verdict::ok: return;
    case nylas::verdict::throttle:
    case nylas::verdict::auth:
      if (result.alone)
        end(thread_outcome::retry, reason, attempt_delay(between_refusals));
      else if (result.verdict == nylas::verdict::auth)
        end(thread_outcome::later, reason, paused_pause);
      else
        end(thread_outcome::later, reason, retry_after(result, thread_throttle_pause));
      return;
    case nylas::verdict::transient:
      end(thread_outcome::retry, reason, attempt_delay(between_attempts));
      return;
    case nylas::verdict::gone:
      // The first time the row waits for a second look; then the thread is gone and there is
      // nothing to sync.
      end(claim.attempt == 0 ? thread_outcome::retry : thread_outcome::failed, "gone: " + reason,
          gone_pause);
      return;
    case nylas::verdict::stale_cursor:
      if (!restarted) {
        restarted = true;
        page_token.clear();
        messages = 0;
        fetch();
      } else {
        end(thread_outcome::retry, reason, attempt_delay(between_attempts));
      }
      return;
    case nylas::verdict::bad_item:
      if (result.too_large && page_limit > 1) {
        page_limit /= 2;
        fetch();
      } else if (result.too_large) {
        fetch_around_large(reason);
      } else {
        // "The grant is syncing, try again later" is a 400 as well.
        end(thread_outcome::retry, reason, attempt_delay(between_refusals));
      }
      return;
  }
}

void thread_sync_state::failed(const caf::error& reason) {
  auto text = describe(reason);
  if (reason == ec::stale_claim)
    end(thread_outcome::stale, text);
  else if (reason == ec::grant_paused)
    end(thread_outcome::later, text, paused_pause);
  else if (reason == ec::provider_unreachable)
    end(thread_outcome::later, text, thread_unreachable_pause);
  else if (reason == ec::database_refused)
    end(thread_outcome::retry, text, attempt_delay(between_attempts));
  else
    // Ours to wait for: the database or the node is busy or away. The thread is not to blame.
    end(thread_outcome::later, text, thread_throttle_pause);
}

void thread_sync_state::end(thread_outcome outcome, const std::string& reason,
                            std::chrono::milliseconds delay) {
  thread_ended ended;
  ended.claim = claim;
  ended.outcome = outcome;
  ended.messages = messages;
  ended.reason = reason;
  ended.delay_ms = static_cast<uint32_t>(delay.count());
  self->send(needs.parent, std::move(ended));
  self->quit();
}

thread_sync_actor::behavior_type
thread_sync(observed_pointer<thread_sync_actor, thread_sync_state> self, directory_slot slot,
            thread_claim claim, thread_sync_needs needs, thread_sync_settings settings) {
  self->state.slot = std::move(slot);
  self->state.claim = std::move(claim);
  for (auto& named : self->state.claim.named)
    self->state.unseen.insert(std::move(named.value));
  self->state.claim.named.clear();
  self->state.needs = std::move(needs);
  self->state.settings = settings;
  // What failed may have been too much for one answer.
  self->state.page_limit =
    std::max(settings.page_limit >> std::min(self->state.claim.attempt, halvings_max), 1);
  self->state.fetch();
  return untold();
}

std::string to_string(thread_outcome outcome) {
  switch (outcome) {
    case thread_outcome::completed: return "completed";
    case thread_outcome::retry: return "retry";
    case thread_outcome::later: return "later";
    case thread_outcome::failed: return "failed";
    case thread_outcome::stale: return "stale";
  }
  return "unknown";
}

} // namespace nova
