#include "actors/window_lister.hpp"

#include "actors/listed_days.hpp"
#include "actors/listing_rules.hpp"
#include "actors/rejects.hpp"
#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/seed.hpp"
#include "mail/attachments.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "pg/email/add_gap.hpp"
#include "pg/email/give_up_window.hpp"
#include "pg/email/open_window.hpp"
#include "pg/email/restart_window.hpp"

#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace nova {
namespace {

constexpr base::log window_lister_log{"WindowLister"};

using namespace std::chrono_literals;

constexpr base::backoff between_restarts{1s, 60s};
constexpr uint32_t folder_pages_max = 100;
const std::string cursor_gap = "cursor";
const std::string refused_gap = "refused";
const std::string cache_gap = "provider_cache";
const std::string folder_gap = "folder";

} // namespace

void window_lister_state::open() {
  ask(self, needs.database, pg::open_window{task.config, task.window, task.token})
    .then(
      [this](claimed_window& answer) {
        opened = std::move(answer);
        cursor_ = opened.window.cursor;
        settings.messages_page_limit =
          std::min(settings.messages_page_limit, messages_page_max(opened.provider));
        checkpoint_at_ = self->clock().now();
        kind = {settings.strategy, opened.provider,
                reaches_beyond_cache(opened.provider, opened.window,
                                     base::seconds_of(settings.wall()))};
        look();
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

void window_lister_state::look() {
  when_written([this] { read(read_cursor(settings.strategy, cursor_)); });
}

/// What follows on a page that is being written waits until it is.
void window_lister_state::when_written(std::function<void()> then) {
  if (!writing_)
    return then();
  when_written_ = std::move(then);
}

int& window_lister_state::limit_of(listing_step step) {
  switch (step) {
    case listing_step::threads: return settings.page_limit;
    case listing_step::check: return settings.check_page_limit;
    default: return settings.messages_page_limit;
  }
}

void window_lister_state::call(
  nylas::api_request&& request,
  const std::function<void(window_lister_state&, api_answered&&)>& then) {
  reading_ = true;
  call_grant wish;
  wish.grant = opened.grant;
  wish.asker = slot;
  wish.call = std::move(request);
  timed_request(self, needs.grants, listing_call_timeout, std::move(wish))
    .then(
      [this, then, mine = generation_](api_answered& answer) {
        if (mine != generation_)
          return;
        reading_ = false;
        then(*this, std::move(answer));
      },
      [this, mine = generation_](const caf::error& reason) {
        if (mine == generation_)
          failed(reason);
      });
}

void window_lister_state::read(const listing_place& place) {
  if (place.step == listing_step::folders && !folders_known_) {
    find_folders(place, {});
    return;
  }
  auto at = place;
  if (at.step == listing_step::folders) {
    at.folder = folder_at(place, folders_);
    if (at.folder != place.folder)
      at.page_token.clear();
    if (at.folder.empty()) {
      // The account has no folder left to ask for.
      took({at, {}, 0, 0, cursor_after(kind, at, folders_)});
      return;
    }
  }
  if (at.step != progress_of_.step || at.folder != progress_of_.folder) {
    progress_ = {};
    progress_of_ = at;
  }
  static constexpr std::array<const char*, 4> what{
    "listing messages", "listing messages beyond the provider's cache, folder ", "listing threads",
    "comparing ids"};
  doing(what.at(static_cast<size_t>(at.step)) + at.folder);
  call(page_request({opened.grant, opened.provider}, opened.window, at, limit_of(at.step)),
       [at](window_lister_state& state, api_answered&& result) {
         state.accept(at, std::move(result));
       });
}

void window_lister_state::find_folders(const listing_place& then, const std::string& page_token) {
  doing("listing folders");
  call(nylas::list_folders(opened.grant.value, page_token),
       [then](window_lister_state& state, api_answered&& result) {
         if (result.verdict == nylas::verdict::gone || result.verdict == nylas::verdict::bad_item) {
           state.give_up(cache_gap, "its folders cannot be listed: " + describe(result));
           return;
         }
         if (result.verdict != nylas::verdict::ok) {
           state.refused(then, result);
           return;
         }
         auto page = nylas::parse_folder_page(std::move(result.body));
         if (!page) {
           state.try_again(caf::make_error(ec::provider_transient, to_string(page.error())));
           return;
         }
         for (auto& folder : page->items)
           state.folders_.push_back(std::move(folder.id));
         if (!page->next_cursor.empty() && state.folders_.size() < size_t{200} * folder_pages_max
             && !page->items.empty()) {
           state.find_folders(then, page->next_cursor);
           return;
         }
         std::sort(state.folders_.begin(), state.folders_.end());
         state.folders_.erase(std::unique(state.folders_.begin(), state.folders_.end()),
                              state.folders_.end());
         state.folders_known_ = true;
         state.read(then);
       });
}

void window_lister_state::accept(const listing_place& place, api_answered&& result) {
  if (result.verdict == nylas::verdict::gone && !place.page_token.empty()) {
    // Some lists end so instead of with a page without a cursor.
    took({place, {}, 0, 0, cursor_after(kind, place, folders_)});
    return;
  }
  if (result.verdict != nylas::verdict::ok) {
    refused(place, result);
    return;
  }
  if (result.body.size() > large_page)
    limit_of(place.step) = after_failure(limit_of(place.step));
  auto page = read_page(place.step, std::move(result.body));
  if (!page) {
    try_again(caf::make_error(ec::provider_transient, to_string(page.error())));
    return;
  }
  accept_page(place, std::move(*page), result);
}

void window_lister_state::accept_page(const listing_place& place, discovered_page&& page,
                                      const api_answered& result) {
  if (auto why = progress_.judge(place.page_token, page); !why.empty()) {
    restart(why);
    return;
  }
  if (nylas::is_imap(kind.provider))
    copies_.unite(page.messages);
  page_read read;
  read.place = place;
  read.started_at = result.started_at;
  read.answered_at = result.answered_at;
  read.share = result.share;
  read.tally = tally_.judge(place.step, page, result);
  if (page.page_token.empty()) {
    read.next_cursor = cursor_after(kind, place, folders_);
  } else {
    auto next = place;
    next.page_token = page.page_token;
    read.next_cursor = to_cursor(next);
  }
  if (!settings.attachments_listed)
    std::ranges::for_each(page.messages, leave_out_attachments);
  if (place.step == listing_step::messages)
    read.listed = listed_on(page, opened.window);
  read.page = std::move(page);
  // Of what was listed whole before, an excerpt is no news.
  if (place.step == listing_step::check && settings.strategy == discovery_strategy::messages)
    read.page.rejected.clear();
  if (read.page.threadless)
    read_whole(std::move(read));
  else
    took(std::move(read));
}

void window_lister_state::read_whole(page_read&& page) {
  auto request = whole_page_request({opened.grant, opened.provider}, opened.window, page.place,
                                    limit_of(page.place.step));
  call(std::move(request),
       [page = std::move(page)](window_lister_state& state, api_answered&& result) mutable {
         if (result.verdict != nylas::verdict::ok) {
           state.refused(page.place, result);
           return;
         }
         auto threadless = read_threadless(std::move(result.body));
         if (!threadless) {
           state.try_again(caf::make_error(ec::provider_transient, to_string(threadless.error())));
           return;
         }
         page.page.messages = std::move(*threadless);
         page.started_at = result.started_at;
         page.answered_at = result.answered_at;
         page.share = result.share;
         state.took(std::move(page));
       });
}

void window_lister_state::took(page_read&& page) {
  read_ = std::move(page);
  if (!writing_)
    write();
}

void window_lister_state::write() {
  writing_ = true;
  auto page = std::make_shared<page_read>(std::move(*read_));
  read_.reset();
  // The next page is read while this one is written; of what is read ahead nothing is written
  // before its turn.
  auto next = read_cursor(settings.strategy, page->next_cursor);
  auto leg_goes_on = !page->next_cursor.empty()
                     && (settings.strategy == discovery_strategy::threads
                         || of_first_leg(next.step) == of_first_leg(page->place.step));
  if (leg_goes_on)
    read(next);
  if (page->page.messages.empty() && page->page.rejected.empty())
    record(page);
  else
    store(page);
}

void window_lister_state::store(const std::shared_ptr<page_read>& page) {
  store_messages request;
  request.inbox = opened.inbox;
  request.lo = page->started_at;
  request.hi = page->answered_at;
  for (auto& message : page->page.messages)
    request.messages.push_back(std::move(message));
  request.rejects = std::move(page->page.rejected);
  tell_rejects(opened.inbox, request.rejects);
  timed_request(self, needs.store, store_timeout, std::move(request))
    .then([this, page](const messages_stored&) { record(page); },
          [this](const caf::error& reason) { not_written(reason); });
}

void window_lister_state::record(const std::shared_ptr<page_read>& page) {
  pg::record_page request;
  request.config = task.config;
  request.window = opened.window;
  request.threads = std::move(page->page.threads);
  request.check = page->place.step == listing_step::check;
  request.next_cursor = page->next_cursor;
  request.pages = unrecorded_ + 1;
  auto next = read_cursor(settings.strategy, page->next_cursor);
  request.listed = tally_.with(page->tally, page->place.step,
                               page->next_cursor.empty() || !of_first_leg(next.step));
  std::vector<uint64_t> names;
  if (request.check)
    named_.leave_out_of(request.threads);
  else
    names = listed_names::of(request.threads);
  if (may_wait(request)) {
    ++unrecorded_;
    add_listed(unrecorded_days_, page->listed);
    tally_.keep(request.listed);
    go_on(*page, true);
    return;
  }
  request.days = unrecorded_days_;
  add_listed(request.days, page->listed);
  ask(self, needs.database, std::move(request))
    .then(
      [this, page, names = std::move(names)](const pg::page_recorded& answer) {
        named_.add(names);
        recorded(*page, answer);
      },
      // The same page again is idempotent.
      [this](const caf::error& reason) { not_written(reason); });
}

/// Whether the next page of the same leg comes soon enough for one checkpoint of both.
bool window_lister_state::may_wait(const pg::record_page& request) const {
  return request.threads.empty() && (reading_ || read_)
         && self->clock().now() < checkpoint_at_ + settings.checkpoint_interval;
}

void window_lister_state::not_written(const caf::error& reason) {
  writing_ = false;
  when_written_ = nullptr;
  failed(reason);
}

void window_lister_state::recorded(const page_read& page, const pg::page_recorded& answer) {
  opened.window.cursor = page.next_cursor;
  unrecorded_ = 0;
  unrecorded_days_ = {};
  tally_.kept();
  checkpoint_at_ = self->clock().now();
  if (answer.to_sync > 0 && needs.wakeups)
    self->send(needs.wakeups, threads_available{});
  go_on(page, answer.running);
}

void window_lister_state::go_on(const page_read& page, bool running) {
  writing_ = false;
  failures_ = 0;
  cursor_ = page.next_cursor;
  if (!running || page.next_cursor.empty())
    self->quit();
  else if (auto then = std::exchange(when_written_, nullptr))
    then();
  else if (read_)
    write();
  else if (!reading_ && !next_look_.is_set())
    self->quit(); // the end of its leg
}

void window_lister_state::refused(const listing_place& place, const api_answered& result) {
  auto reason = describe(result);
  auto& limit = limit_of(place.step);
  switch (judge_refusal(result, limit)) {
    case page_refusal::wait: look_after(retry_after(result, listing_throttle_pause)); return;
    case page_refusal::again:
      if (result.verdict == nylas::verdict::transient)
        limit = after_failure(limit);
      try_again(caf::make_error(ec::provider_transient, reason));
      return;
    case page_refusal::restart:
      restart("the provider no longer takes its cursor: " + reason);
      return;
    case page_refusal::smaller:
      limit /= 2;
      look_after(0ms);
      return;
    case page_refusal::too_large:
      if (place.step == listing_step::messages) {
        skip_messages(place, reason);
        return;
      }
      break;
    case page_refusal::refused: break;
  }
  if (place.step == listing_step::folders)
    skip_folder(place, reason);
  else if (++failures_ < 3)
    look_after(between_listing_tries.delay(failures_, random));
  else
    give_up(refused_gap, reason);
}

/// The list goes no further than a message that is too large even alone: the rest of the window is
/// found by its threads and ids, and left to `thread_sync`.
void window_lister_state::skip_messages(const listing_place& place, const std::string& reason) {
  window_lister_log.warn(
    "a message is too large to be listed; the rest of its window is fetched by threads",
    {{"config", task.config}, {"window", task.window}, {"reason", reason}});
  auto spoiled = place;
  spoiled.check = true;
  auto next = read_cursor(kind.strategy, cursor_after(kind, spoiled, folders_));
  page_read end{place, {}, 0, 0, to_cursor(next)};
  end.listed.spoiled = true;
  took(std::move(end));
}

/// One folder that the IMAP server does not open costs that folder's older mail, and is said.
void window_lister_state::skip_folder(const listing_place& place, const std::string& reason) {
  window_lister_log.warn("folder not listed",
                         {{"config", task.config}, {"folder", place.folder}, {"reason", reason}});
  backfill_gap gap{folder_gap, opened.window.start, opened.window.end, reason, place.folder};
  reading_ = true;
  ask(self, needs.database, pg::add_gap{task.config, std::move(gap)})
    .then(
      [this, place, mine = generation_] {
        if (mine != generation_)
          return;
        reading_ = false;
        took({place, {}, 0, 0, cursor_after(kind, place, folders_)});
      },
      [this](const caf::error& failure) { failed(failure); });
}

void window_lister_state::restart(const std::string& reason) {
  if (writing_) {
    when_written_ = [this, reason] { restart(reason); };
    return;
  }
  window_lister_log.warn("a window begins again",
                         {{"config", task.config}, {"window", task.window}, {"reason", reason}});
  reading_ = true;
  ask(self, needs.database, pg::restart_window{task.config, opened.window})
    .then(
      [this, reason](uint32_t restarts) {
        progress_ = {};
        opened.window.cursor.clear();
        cursor_.clear();
        unrecorded_ = 0;
        unrecorded_days_ = {};
        tally_.begin();
        if (restarts > settings.restarts_max)
          give_up(cursor_gap,
                  reason + "; it was begun again " + std::to_string(restarts - 1) + " times");
        else
          look_after(between_restarts.delay(restarts - 1, random));
      },
      [this](const caf::error& failure) { failed(failure); });
}

void window_lister_state::give_up(const std::string& kind_of_gap, const std::string& reason) {
  if (writing_) {
    when_written_ = [this, kind_of_gap, reason] { give_up(kind_of_gap, reason); };
    return;
  }
  window_lister_log.error(
    "a window is given up",
    {{"config", task.config}, {"window", task.window}, {"kind", kind_of_gap}, {"reason", reason}});
  ask(self, needs.database, pg::give_up_window{task.config, opened.window, kind_of_gap, reason})
    .then([this] { self->quit(); }, [this](const caf::error& failure) { self->quit(failure); });
}

void window_lister_state::failed(const caf::error& reason) {
  if (reason == ec::grant_paused || reason == ec::stale_claim || reason == ec::provider_unreachable)
    self->quit(reason);
  else
    try_again(reason);
}

void window_lister_state::try_again(const caf::error& reason) {
  window_lister_log.debug("page failed", {{"config", task.config},
                                          {"window", task.window},
                                          {"reason", describe(reason)}});
  if (++failures_ > settings.failures_max)
    self->quit(reason);
  else
    look_after(between_listing_tries.delay(failures_ - 1, random));
}

/// What was read ahead is void: it goes on at the checkpoint.
void window_lister_state::look_after(std::chrono::milliseconds delay) {
  ++generation_;
  reading_ = false;
  read_.reset();
  next_look_.after(delay, [this] { look(); });
}

window_lister_actor::behavior_type
window_lister(observed_pointer<window_lister_actor, window_lister_state> self, directory_slot slot,
              window_task task, backfill_needs needs, backfill_settings settings) {
  self->state.slot = std::move(slot);
  self->state.task = std::move(task);
  self->state.needs = std::move(needs);
  self->state.settings = settings;
  self->state.random = base::random_engine(settings.seed);
  self->state.open();
  return untold();
}

} // namespace nova
