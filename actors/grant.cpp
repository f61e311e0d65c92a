#include "actors/grant.hpp"

#include "actors/promised_answer.hpp"
#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "pg/email/list_inboxes.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nova {
namespace {

constexpr base::log grant_log{"Grant"};

constexpr std::chrono::milliseconds tick_min{1};
constexpr std::chrono::milliseconds tick_max{1000};
// When the database did not say which provider it is, the first call this much later asks again.
constexpr std::chrono::seconds learn_again{5};
constexpr std::chrono::seconds look_at_provider_each{30};
constexpr std::chrono::seconds tell_each{1};

} // namespace

grant_state::time_point grant_state::now() const {
  return self->system().clock().now();
}

void grant_state::learn_provider() {
  learn_at.reset();
  nova::ask(self, database, pg::list_inboxes{grant.value})
    .then(
      [this](const std::vector<inbox>& found) { learn(found.empty() ? inbox{} : found.front()); },
      [this](const caf::error&) {
        // The careful limits of an unknown provider serve meanwhile.
        asking = false;
        learn_at = now() + learn_again;
        give_permits();
      });
}

void grant_state::learn(const inbox& of) {
  asking = false;
  looked_ = now();
  provider_ = of.provider;
  auto found = nylas::share_of(nylas::limits_for(of.provider, limits.google_units), limits.share);
  found.fixed_delay = limits.fixed_delay;
  of_provider = found;
  live_pause_ms = -1;
  if (careful_until)
    found = nylas::share_of(found, 0.5);
  // Its own spread: grants that were throttled together must not come back together. Calls under
  // way were permitted by the careful limits; the new pace does not count them.
  permits.clear();
  pace = nylas::pace{found, std::hash<std::string>{}(grant.value)};
  if (of.status == "auth_expired")
    pause("the inbox is auth_expired", false);
  else if (of.unreachable_since > 0)
    pause("its mailbox could not be reached", true);
  give_permits();
}

/// While calls are made: somebody may have said that it is another provider's (`nova inbox add`).
void grant_state::look_at_provider() {
  if (asking || !looked_ || now() - *looked_ < look_at_provider_each)
    return;
  looked_ = now();
  nova::ask(self, database, pg::list_inboxes{grant.value})
    .then(
      [this](const std::vector<inbox>& found) {
        if (!found.empty() && found.front().provider != provider_)
          learn(found.front());
      },
      [](const caf::error&) {
        // The pace stays; it is looked at again.
      });
}

caf::result<permit_granted> grant_state::ask(const ask_permit& request) {
  if (paused)
    return *paused;
  if (learn_at && now() >= *learn_at)
    learn_provider();
  if (waiting() >= limits.waiting_max)
    return ec::overloaded;
  auto answer = owe_answer<permit_granted>(self);
  asker newest{answer, request.units, now() - std::chrono::milliseconds{request.waited_ms},
               request.peer};
  auto& askers = askers_of(request.lane);
  auto place =
    std::upper_bound(askers.begin(), askers.end(), newest.since,
                     [](time_point since, const asker& other) { return since < other.since; });
  askers.insert(place, std::move(newest));
  give_permits();
  return answer;
}

/// An operator's pause between two calls replaces the adaptive pace, until it is taken back. Calls
/// under way were permitted by the old pace; the new one does not count them.
void grant_state::follow_live_pace() {
  auto wanted = limits.live ? limits.live->call_pause_ms.load(std::memory_order_relaxed) : -1;
  if (wanted == live_pause_ms)
    return;
  live_pause_ms = wanted;
  auto changed = of_provider;
  if (wanted >= 0)
    changed.fixed_delay = std::chrono::milliseconds{wanted};
  permits.clear();
  pace = nylas::pace{changed, std::hash<std::string>{}(grant.value)};
}

void grant_state::give_permits() {
  slot.holds(waiting());
  if (asking || paused)
    return;
  lapse_permits();
  if (careful_until && now() >= *careful_until) {
    careful_until.reset();
    pace.follow(of_provider, now());
  }
  follow_live_pace();
  for (;;) {
    auto wait = tick_max;
    if (!live.empty()) {
      wait = give_one(live, nylas::lane::live);
    } else {
      // Its own tenth holds the background back; the backfill need not wait for that.
      if (!background.empty())
        wait = give_one(background, nylas::lane::background);
      if (!backfill.empty())
        wait = std::min(wait, give_one(backfill, nylas::lane::backfill));
    }
    slot.holds(waiting());
    if (waiting() == 0)
      break;
    if (wait.count() > 0) {
      tick_after(wait);
      break;
    }
  }
  measure();
}

/// What the calls of the backfill wait for, and now and then a row about it.
void grant_state::measure() {
  auto calling = std::any_of(permits.begin(), permits.end(), [](const auto& entry) {
    return entry.second.lane == nylas::lane::backfill;
  });
  meter.is(!backfill.empty() ? pace.waits_for()
           : calling         ? nylas::pace_limit::window
                             : nylas::pace_limit::database,
           now());
  tell_pace();
  look_at_provider();
  auto measured = meter.report(now());
  if (!measured)
    return;
  auto note = note_of();
  note.binds = to_string(measured->binds);
  note.calls_a_second = measured->calls_a_second;
  note.units_a_second = measured->units_a_second;
  nova::ask(self, database, std::move(note))
    .then(
      [] {},
      [this](const caf::error& reason) {
        grant_log.debug("the pace is not noted", {{"grant", grant}, {"reason", to_string(reason)}});
      });
}

pg::note_pace grant_state::note_of() const {
  pg::note_pace note;
  note.grant = grant;
  note.places = static_cast<uint32_t>(pace.concurrency());
  note.node = limits.node;
  auto oldest = now();
  for (const auto* askers : {&live, &backfill, &background})
    for (const auto& one : *askers) {
      note.waiting += 1;
      note.waiting_remote += one.peer != 0 ? 1 : 0;
      oldest = std::min(oldest, one.since);
    }
  note.oldest_wait_ms =
    std::chrono::duration_cast<std::chrono::milliseconds>(now() - oldest).count();
  note.running = static_cast<uint32_t>(pace.running());
  auto seen = pace.look(now());
  note.units_allowed = seen.units_per_second;
  note.units_left = seen.units_left;
  note.throttled_for_ms = seen.throttled_for.count();
  return note;
}

/// In the directory, once a second at most: who looks sees what binds and who waits.
void grant_state::tell_pace() {
  if (throttled || (told_ && now() - *told_ < tell_each))
    return;
  told_ = now();
  auto note = note_of();
  auto text = fmt::format("{} of {} places", note.running, note.places);
  if (note.units_allowed > 0)
    text +=
      fmt::format(", {:.0f} units left, {:.0f} a second", note.units_left, note.units_allowed);
  if (note.waiting == 0)
    return doing("gives permits: " + text);
  constexpr double milliseconds = 1000;
  doing(fmt::format("{} calls wait for {}, {} of them of other nodes, the oldest for {:.1f} s: {}",
                    note.waiting, to_string(pace.waits_for()), note.waiting_remote,
                    static_cast<double>(note.oldest_wait_ms) / milliseconds, text));
}

size_t grant_state::waiting() const {
  return live.size() + backfill.size() + background.size();
}

std::deque<grant_state::asker>& grant_state::askers_of(call_lane lane) {
  switch (lane) {
    case call_lane::live: return live;
    case call_lane::background: return background;
    case call_lane::backfill: break;
  }
  return backfill;
}

/// Zero when the first has its permit, else how long it waits.
std::chrono::milliseconds grant_state::give_one(std::deque<asker>& askers, nylas::lane lane) {
  auto& first = askers.front();
  auto wait = pace.try_start(lane, first.units, now());
  if (wait.count() > 0)
    return wait;
  permits.emplace(++permit_count, permit{first.units, lane, now() + limits.permit_lease});
  first.answer.deliver(permit_granted{permit_count});
  askers.pop_front();
  return wait;
}

void grant_state::tick_after(std::chrono::milliseconds wait) {
  tick.after(std::clamp(wait, tick_min, tick_max), [this] { give_permits(); });
}

/// A permit for who is lost would be lost too, and with it its part of the pace.
void grant_state::forget(uint64_t peer) {
  for (auto* askers : {&live, &backfill, &background})
    std::erase_if(*askers, [&](const asker& one) { return one.peer == peer; });
  give_permits();
}

void grant_state::moved() {
  for (auto* askers : {&live, &backfill, &background}) {
    for (auto& waiting : *askers)
      waiting.answer.deliver(ec::not_home);
    askers->clear();
  }
  self->quit();
}

void grant_state::lapse_permits() {
  // Permits are numbered in the order of their leases.
  while (!permits.empty() && permits.begin()->second.lapses <= now()) {
    grant_log.warn("permit lapsed", {{"grant", grant}, {"permit", permits.begin()->first}});
    auto [units, lane, lapses] = permits.begin()->second;
    permits.erase(permits.begin());
    pace.ended(now(), lane, units);
  }
}

void grant_state::ended(const call_ended& call) {
  auto found = permits.find(call.permit);
  if (found == permits.end())
    return;
  auto [units, lane, lapses] = found->second;
  if (lane == nylas::lane::backfill)
    meter.called(call.units.value_or(0));
  permits.erase(found);
  auto wait = std::chrono::milliseconds{call.retry_after_ms};
  switch (call.outcome) {
    case call_outcome::succeeded:
      if (std::exchange(throttled, false))
        doing("gives permits");
      pace.succeeded(units, call.units ? std::optional<double>{*call.units} : std::nullopt,
                     std::chrono::milliseconds{call.took_ms}, now(), lane);
      break;
    case call_outcome::throttled:
      pace.throttled(call.retry_after_ms > 0 ? std::optional{wait} : std::nullopt, now(), lane,
                     units);
      throttled = true;
      doing("throttled by the provider: " + call.reason);
      grant_log.debug("throttled", {{"grant", grant}, {"wait_ms", wait}, {"reason", call.reason}});
      break;
    case call_outcome::auth_failed:
    case call_outcome::failed: pace.ended(now(), lane, units); break;
  }
  give_permits();
}

void grant_state::pause(const std::string& reason, bool away) {
  paused = caf::make_error(away ? ec::provider_unreachable : ec::grant_paused, reason);
  doing("paused: " + reason);
  for (auto* askers : {&live, &backfill, &background}) {
    for (auto& waiting : *askers)
      waiting.answer.deliver(*paused);
    askers->clear();
  }
  slot.holds(0);
  look.after(limits.paused_look, [this] { look_again(); });
}

void grant_state::look_again() {
  if (!paused)
    return;
  auto again = [this] { look.after(limits.paused_look, [this] { look_again(); }); };
  nova::ask(self, database, pg::list_inboxes{grant.value})
    .then(
      [this, again](const std::vector<inbox>& found) {
        if (!found.empty() && found[0].status == "active" && found[0].unreachable_since == 0)
          resume();
        else
          again();
      },
      [again](const caf::error&) { again(); });
}

void grant_state::resume() {
  look.stop();
  if (paused) {
    paused.reset();
    doing("gives permits");
    grant_log.info("resumed", {{"grant", grant}});
  }
  give_permits();
}

grant_actor::behavior_type grant(observed_pointer<grant_actor, grant_state> self,
                                 directory_slot slot, grant_id id, database_actor database,
                                 grant_limits limits) {
  self->state.slot = std::move(slot);
  auto& state = self->state;
  state.grant = std::move(id);
  state.database = std::move(database);
  state.limits = limits;
  if (limits.careful_for.count() > 0)
    state.careful_until = self->system().clock().now() + limits.careful_for;
  state.learn_provider();
  return {
    [self](const ask_permit& request) { return self->state.ask(request); },
    [self](const call_ended& call) { self->state.ended(call); },
    [self](const pause_grant& request) { self->state.pause(request.reason, request.away); },
    [self](const resume_grant&) { self->state.resume(); },
    [self](grant_moved) { self->state.moved(); },
    [self](const forget_peer& news) { self->state.forget(news.peer); },
  };
}

} // namespace nova
