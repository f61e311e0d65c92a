#include "actors/reconcile.hpp"

#include "actors/rejects.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/seed.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "nylas/parse.hpp"
#include "pg/email/claim_refetches.hpp"
#include "pg/email/claim_sweeps.hpp"
#include "pg/email/finish_sweep.hpp"
#include "pg/email/give_back_sweep.hpp"
#include "pg/email/postpone_refetches.hpp"
#include "pg/email/refetch_not_found.hpp"

#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <utility>

namespace nova {
namespace {

constexpr base::log reconcile_log{"Reconcile"};

using namespace std::chrono_literals;

constexpr auto sweep_call_timeout = std::chrono::seconds{3600};
constexpr std::chrono::milliseconds sweep_unreachable_pause = 5s;
constexpr uint32_t pages_max = 10'000;
constexpr uint32_t sweep_failures_max = 3;
constexpr size_t remembered_max = 10'000;

std::string key_of(const refetch& which) {
  return which.inbox.value + '/' + which.message.value;
}

store_messages observation(const inbox_id& inbox, mail_origin origin, const api_answered& read) {
  store_messages request;
  request.inbox = inbox;
  request.origin = origin;
  request.lo = read.started_at;
  request.hi = read.answered_at;
  return request;
}

} // namespace

void reconcile_state::claim_doubtful() {
  next_refetches.after(settings.refetch_interval, [this] { claim_doubtful(); });
  if (claiming_refetches || refetches >= settings.refetches_max || provider_away())
    return;
  claiming_refetches = true;
  ask(self, needs.database, pg::claim_refetches{settings.refetches_max - refetches})
    .then(
      [this](const std::vector<refetch>& claimed) {
        claiming_refetches = false;
        for (const auto& which : claimed)
          fetch(which);
      },
      [this](const caf::error& reason) {
        claiming_refetches = false;
        reconcile_log.warn("cannot look for messages in doubt", {{"reason", describe(reason)}});
      });
}

bool reconcile_state::provider_away() const {
  return settings.live && settings.live->provider_away.load(std::memory_order_relaxed);
}

void reconcile_state::fetch(const refetch& which) {
  ++refetches;
  call_grant call;
  call.grant = which.grant;
  call.lane = call_lane::live;
  call.call = nylas::get_message(which.grant.value, which.message.value);
  timed_request(self, needs.grants, sweep_call_timeout, std::move(call))
    .then([this, which](api_answered& answer) { fetched(which, std::move(answer)); },
          [this, which](const caf::error& reason) {
            if (reason == ec::grant_paused)
              --refetches; // nobody can read it now; hidden for a minute, then tried again
            else if (reason == ec::provider_unreachable)
              not_called(which);
            else
              postpone(which, describe(reason));
          });
}

void reconcile_state::fetched(const refetch& which, api_answered&& result) {
  auto gone = result.verdict == nylas::verdict::gone;
  nylas::parsed<email_message> parsed = tl::unexpected(base::bad_input{"answer", describe(result)});
  if (result.verdict == nylas::verdict::ok)
    parsed = nylas::parse_message(std::move(result.body));
  if (!gone && !parsed) {
    postpone(which, to_string(parsed.error()), retry_after(result, 0ms));
    return;
  }
  // A draft is not there either, as a message.
  if (gone || parsed->object != "message") {
    ask(self, needs.database, pg::refetch_not_found{which})
      .then([this, which](bool) { settled(which); },
            [this, which](const caf::error& reason) { postpone(which, describe(reason)); });
    return;
  }
  auto request = observation(which.inbox, mail_origin::refetch, result);
  request.messages.push_back(std::move(*parsed));
  timed_request(self, needs.store, store_timeout, std::move(request))
    .then([this, which](const messages_stored&) { settled(which); },
          [this, which](const caf::error& reason) { postpone(which, describe(reason)); });
}

void reconcile_state::settled(const refetch& which) {
  --refetches;
  failures.erase(key_of(which));
}

void reconcile_state::postpone(const refetch& which, const std::string& reason,
                               std::chrono::milliseconds at_least) {
  if (failures.size() >= remembered_max)
    failures.clear();
  auto delay = std::max(settings.refetch_retry.delay(failures[key_of(which)]++, random), at_least);
  reconcile_log.warn("refetch failed", {{"message", which.message},
                                        {"reason", reason},
                                        {"again_in_ms", delay.count()}});
  ask(self, needs.database, pg::postpone_refetches{which, delay})
    .then([this] { --refetches; },
          [this](const caf::error&) { --refetches; }); // then it is due when its minute is over
}

/// It is not claimed while nothing can be called, and soon after; no failure of its own.
void reconcile_state::not_called(const refetch& which) {
  ask(self, needs.database, pg::postpone_refetches{which, sweep_unreachable_pause})
    .then([this] { --refetches; }, [this](const caf::error&) { --refetches; });
}

void reconcile_state::look_for_due() {
  next_sweeps.after(settings.sweep_look, [this] { look_for_due(); });
  claim_due();
}

void reconcile_state::claim_due() {
  if (claiming_sweeps || sweeps >= settings.sweeps_max || provider_away())
    return;
  claiming_sweeps = true;
  ask(self, needs.database, pg::claim_sweeps{settings.sweep_every, settings.sweeps_max - sweeps})
    .then(
      [this](const std::vector<sweep>& claimed) {
        claiming_sweeps = false;
        for (const auto& due : claimed) {
          ++sweeps;
          list(
            std::make_shared<running_sweep>(running_sweep{due, base::seconds_of(settings.wall())}));
        }
      },
      [this](const caf::error& reason) {
        claiming_sweeps = false;
        reconcile_log.warn("cannot look for sweeps", {{"reason", describe(reason)}});
      });
}

void reconcile_state::list(std::shared_ptr<running_sweep> sweep) {
  nylas::message_query query;
  query.grant_id = sweep->what.grant.value;
  query.page_token = sweep->cursor;
  query.received_after = sweep->what.from;
  query.limit = sweep->limit > 0 ? sweep->limit : settings.page_limit;
  if (sweep->skipping)
    query.select = "id";
  call_grant call;
  call.grant = sweep->what.grant;
  call.call = nylas::list_messages(query);
  timed_request(self, needs.grants, sweep_call_timeout, std::move(call))
    .then([this, sweep](api_answered& answer) { listed(sweep, std::move(answer)); },
          [this, sweep](const caf::error& reason) {
            if (reason == ec::provider_unreachable || reason == ec::grant_paused)
              give_back(sweep);
            else
              fail_sweep(sweep, describe(reason));
          });
}

void reconcile_state::give_back(const std::shared_ptr<running_sweep>& sweep) {
  ask(self, needs.database, pg::give_back_sweep{sweep->what.inbox})
    .then([this] { --sweeps; }, [this](const caf::error&) { --sweeps; });
}

void reconcile_state::listed(const std::shared_ptr<running_sweep>& sweep, api_answered&& result) {
  if (result.verdict == nylas::verdict::transient && ++sweep->failures <= sweep_failures_max) {
    list(sweep);
    return;
  }
  if (result.too_large && !sweep->skipping) {
    list_less(sweep);
    return;
  }
  if (result.verdict != nylas::verdict::ok || ++sweep->pages > pages_max) {
    fail_sweep(sweep, describe(result));
    return;
  }
  auto page = nylas::parse_message_page(std::move(result.body));
  if (!page) {
    fail_sweep(sweep, to_string(page.error()));
    return;
  }
  if (std::exchange(sweep->skipping, false)) {
    skip(sweep, *page);
    return;
  }
  auto request = observation(sweep->what.inbox, mail_origin::reconcile, result);
  for (auto& message : page->items)
    if (message.object == "message")
      request.messages.push_back(std::move(message));
  request.rejects = std::move(page->rejected);
  tell_rejects(sweep->what.inbox, request.rejects);
  timed_request(self, needs.store, store_timeout, std::move(request))
    .then([this, sweep, next = page->next_cursor](const messages_stored&) { go_on(sweep, next); },
          [this, sweep](const caf::error& reason) { fail_sweep(sweep, describe(reason)); });
}

/// A page that is too large for one answer comes in smaller ones; of a message that is too large by
/// itself only the id does, so that those behind it are seen.
void reconcile_state::list_less(const std::shared_ptr<running_sweep>& sweep) {
  auto limit = sweep->limit > 0 ? sweep->limit : settings.page_limit;
  sweep->skipping = limit == 1;
  sweep->limit = std::max(limit / 2, 1);
  list(sweep);
}

void reconcile_state::skip(const std::shared_ptr<running_sweep>& sweep,
                           const nylas::page<email_message>& page) {
  reconcile_log.error("a message is too large to be read; the sweep goes on behind it",
                      {{"inbox", sweep->what.inbox},
                       {"message", page.items.empty() ? std::string{} : page.items[0].id.value}});
  sweep->limit = 0;
  go_on(sweep, page.next_cursor);
}

void reconcile_state::go_on(const std::shared_ptr<running_sweep>& sweep,
                            const std::string& next_cursor) {
  sweep->cursor = next_cursor;
  if (next_cursor.empty())
    end_sweep(sweep);
  else
    list(sweep);
}

void reconcile_state::end_sweep(const std::shared_ptr<running_sweep>& sweep) {
  reconcile_log.debug("swept", {{"inbox", sweep->what.inbox}, {"pages", sweep->pages}});
  ask(self, needs.database, pg::finish_sweep{sweep->what.inbox, sweep->began_at})
    .then([this] { --sweeps; },
          [this](const caf::error& reason) {
            --sweeps;
            reconcile_log.warn("sweep not recorded", {{"reason", describe(reason)}});
          });
}

void reconcile_state::fail_sweep(const std::shared_ptr<running_sweep>& sweep,
                                 const std::string& reason) {
  --sweeps;
  reconcile_log.warn("sweep failed; it is due again in ten minutes",
                     {{"inbox", sweep->what.inbox}, {"reason", reason}});
}

reconcile_actor::behavior_type reconcile(observed_pointer<reconcile_actor, reconcile_state> self,
                                         directory_slot slot, reconcile_needs needs,
                                         reconcile_settings settings) {
  self->state.slot = std::move(slot);
  self->state.needs = std::move(needs);
  self->state.settings = settings;
  self->state.random = base::random_engine(settings.seed);
  self->state.claim_doubtful();
  self->state.look_for_due();
  return {
    [self](look_for_sweeps) { self->state.claim_due(); },
  };
}

} // namespace nova
