#include "actors/reconcile.hpp"

#include "actors/mailbox_sweep.hpp"
#include "base/log.hpp"
#include "base/seed.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "nylas/parse.hpp"
#include "pg/email/claim_refetches.hpp"
#include "pg/email/claim_sweeps.hpp"
#include "pg/email/give_back_sweep.hpp"
#include "pg/email/postpone_refetches.hpp"
#include "pg/email/refetch_not_found.hpp"

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <utility>

namespace nova {
namespace {

constexpr base::log reconcile_log{"Reconcile"};

using namespace std::chrono_literals;

constexpr auto refetch_call_timeout = std::chrono::seconds{3600};
constexpr std::chrono::milliseconds unreachable_pause = 5s;
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
  constexpr auto what = "look for messages in doubt";
  ask(self, needs.listing.database, pg::claim_refetches{settings.refetches_max - refetches})
    .then(
      [this](const std::vector<refetch>& claimed) {
        could(reconcile_log, what);
        claiming_refetches = false;
        for (const auto& which : claimed)
          fetch(which);
      },
      [this](const caf::error& reason) {
        claiming_refetches = false;
        could_not(reconcile_log, what, describe(reason));
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
  call.call = nylas::get_message(which.grant.value, which.message.value, which.provider);
  timed_request(self, needs.listing.grants, refetch_call_timeout, std::move(call))
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
    ask(self, needs.listing.database, pg::refetch_not_found{which})
      .then([this, which](bool) { settled(which); },
            [this, which](const caf::error& reason) { postpone(which, describe(reason)); });
    return;
  }
  auto request = observation(which.inbox, mail_origin::refetch, result);
  request.messages.push_back(std::move(*parsed));
  timed_request(self, needs.listing.store, store_timeout, std::move(request))
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
  ask(self, needs.listing.database, pg::postpone_refetches{which, delay})
    .then([this] { --refetches; },
          [this](const caf::error&) { --refetches; }); // then it is due when its minute is over
}

/// It is not claimed while nothing can be called, and soon after; no failure of its own.
void reconcile_state::not_called(const refetch& which) {
  ask(self, needs.listing.database, pg::postpone_refetches{which, unreachable_pause})
    .then([this] { --refetches; }, [this](const caf::error&) { --refetches; });
}

void reconcile_state::look_for_due() {
  next_sweeps.after(settings.sweep_look, [this] { look_for_due(); });
  claim_due();
}

void reconcile_state::claim_due() {
  if (claiming_sweeps || sweeps_.size() >= settings.sweeps_max || provider_away())
    return;
  claiming_sweeps = true;
  pg::claim_sweeps wish{settings.sweep_every,
                        settings.sweeps_max - static_cast<uint32_t>(sweeps_.size())};
  // What is under way here is not begun again, whatever its claim says.
  for (const auto& [child, running] : sweeps_)
    wish.in_hand.push_back(running.what.inbox);
  constexpr auto what = "look for sweeps";
  ask(self, needs.listing.database, std::move(wish))
    .then(
      [this](std::vector<sweep>& claimed) {
        could(reconcile_log, what);
        claiming_sweeps = false;
        for (auto& due : claimed)
          begin(std::move(due));
      },
      [this](const caf::error& reason) {
        claiming_sweeps = false;
        could_not(reconcile_log, what, describe(reason));
      });
}

void reconcile_state::begin(sweep&& due) {
  auto entry = open_child(needs.directory, mailbox_sweep_state::name, due.inbox.value);
  auto child = self->spawn<caf::linked>(mailbox_sweep, entry, due, needs.listing, settings.listing);
  sweeps_.emplace(caf::actor_cast<caf::actor_addr>(child),
                  running_sweep{std::move(due), std::move(entry)});
}

bool reconcile_state::sweep_exited(const caf::actor_addr& child, const caf::error& reason) {
  auto found = sweeps_.extract(child);
  if (!found)
    return false;
  const auto& ended = found.mapped();
  if (!reason || reason == ec::stale_claim) // another has it
    return true;
  if (reason == ec::provider_unreachable || reason == ec::grant_paused) {
    ask(self, needs.listing.database, pg::give_back_sweep{ended.what.inbox, ended.what.token})
      .then([] {}, [](const caf::error&) {}); // then it is due when its claim is over
    return true;
  }
  if (reason == ec::crashed || reason == caf::exit_reason::kill)
    record_child(needs.directory, ended.entry, reason);
  reconcile_log.warn("sweep failed; it goes on in ten minutes",
                     {{"inbox", ended.what.inbox}, {"reason", describe(reason)}});
  return true;
}

reconcile_actor::behavior_type reconcile(observed_pointer<reconcile_actor, reconcile_state> self,
                                         directory_slot slot, reconcile_needs needs,
                                         reconcile_settings settings) {
  self->state.slot = std::move(slot);
  self->state.needs = std::move(needs);
  self->state.settings = settings;
  self->state.random = base::random_engine(settings.seed);
  // A link tells of a sweep's end, normal or not, and ends sweeps with who began them.
  self->set_exit_handler([self](caf::exit_msg& exit) {
    if (!self->state.sweep_exited(exit.source, exit.reason) && exit.reason)
      self->quit(exit.reason);
  });
  self->state.claim_doubtful();
  self->state.look_for_due();
  return {
    [self](look_for_sweeps) { self->state.claim_due(); },
  };
}

} // namespace nova
