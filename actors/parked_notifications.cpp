#include "actors/parked_notifications.hpp"

#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "pg/email/claim_parked.hpp"
#include "pg/email/park_floods.hpp"
#include "pg/email/postpone_parked.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace nova {
namespace {

constexpr base::log parked_notifications_log{"Parked"};

using namespace std::chrono_literals;

// As long as a claim holds; more than a handler's own time-outs together.
constexpr auto work_timeout = 600s;
constexpr uint32_t retry_first_ms = 2000;
constexpr uint32_t retry_longest_ms = 300'000;

uint32_t retry_delay_ms(int32_t tries) {
  return std::min(retry_first_ms << std::clamp(tries - 1, 0, 8), retry_longest_ms);
}

} // namespace

uint32_t parked_notifications_state::share_now() const {
  if (in_hand.size() < settings.in_hand_max / 2)
    return settings.share;
  if (in_hand.size() < settings.in_hand_max / 4 * 3)
    return std::max(settings.share / 8, 1u);
  return 1;
}

void parked_notifications_state::look() {
  auto held = static_cast<uint32_t>(in_hand.size());
  if (claiming || held >= settings.in_hand_max)
    return;
  claiming = true;
  woken = false;
  pg::claim_parked query{
    settings.in_hand_max - held, share_now(), {}, settings.epoch, std::exchange(doubtful, false)};
  std::map<std::string, uint32_t> of_grant;
  for (const auto& [id, grant] : in_hand) {
    ++of_grant[grant.value];
    query.in_hand.push_back({id});
  }
  for (const auto& [grant, count] : of_grant)
    query.held.push_back({grant_id{grant}, count});
  constexpr auto what = "look for parked notifications";
  ask(self, database, std::move(query))
    .then(
      [this](std::vector<parked_notification>& claimed) {
        could(parked_notifications_log, what);
        claiming = false;
        for (auto& parked : claimed)
          hand_out(parked);
        if (woken || !claimed.empty())
          look_soon();
        doing(std::to_string(in_hand.size()) + " wait for the provider");
      },
      [this](const caf::error& reason) {
        claiming = false;
        doubtful = true;
        could_not(parked_notifications_log, what, describe(reason));
      });
}

void parked_notifications_state::look_soon() {
  woken = true;
  if (!gather.is_set())
    gather.after(settings.gather, [this] { look(); });
}

void parked_notifications_state::poll() {
  next_poll.after(settings.look_interval, [this] { poll(); });
  park_flood();
  look();
}

void parked_notifications_state::park_flood() {
  if (std::exchange(parking, true))
    return;
  ask(self, database, pg::park_floods{settings.flood_share, settings.flood_window})
    .then(
      [this](uint64_t moved) {
        parking = false;
        if (moved == 0)
          return;
        parked_notifications_log.info(
          "a mailbox has so many notifications that others wait behind them", {{"parked", moved}});
        look_soon();
        park_flood(); // there may be more of it
      },
      [this](const caf::error&) { parking = false; }); // told by the look that follows
}

uint32_t parked_notifications_state::delay_ms(const caf::error& reason, int32_t tries) const {
  if (!blameless(reason))
    return retry_delay_ms(tries);
  const auto away = reason == ec::provider_unreachable;
  return static_cast<uint32_t>((away ? settings.away_pause : settings.pause).count());
}

void parked_notifications_state::hand_out(parked_notification& parked) {
  auto id = parked.id.value;
  auto tries = static_cast<int32_t>(parked.tries) + 1;
  in_hand.emplace(id, parked.grant);
  queue_message message;
  message.read_ct = tries;
  message.notification = id;
  message.payload = std::move(parked.payload);
  message.received_at = parked.received_at;
  message.parked = true;
  timed_request(self, work, work_timeout, std::move(message))
    .then(
      [this, id](const work_ended& ended) {
        if (ended.settled)
          freed(id);
        else // its audit row is gone, and it with that
          postpone({notification_id{id}, retry_longest_ms, true, ended.reason});
      },
      [this, id, tries](const caf::error& reason) {
        parked_notifications_log.warn(
          "notification will be retried",
          {{"notification", id}, {"try", tries}, {"reason", describe(reason)}});
        postpone(
          {notification_id{id}, delay_ms(reason, tries), !blameless(reason), describe(reason)});
      });
}

void parked_notifications_state::postpone(const parked_delay& delay) {
  // Without an answer the next claim gives it back.
  ask(self, database, pg::postpone_parked{{delay}})
    .then([this, id = delay.id.value] { freed(id); },
          [this, id = delay.id.value](const caf::error& reason) {
            parked_notifications_log.warn("notification not postponed",
                                          {{"notification", id}, {"reason", describe(reason)}});
            doubtful = true;
            freed(id);
          });
}

void parked_notifications_state::freed(const std::string& id) {
  in_hand.erase(id);
  look_soon(); // its grant may have more, which its share did not allow
}

/// Others, or the next life of this node, need not wait until the claims end.
void parked_notifications_state::give_back() {
  pg::postpone_parked query;
  for (const auto& [id, grant] : in_hand)
    query.delays.push_back({notification_id{id}, 0, false, {}});
  if (!query.delays.empty())
    caf::anon_send(database, to_job(std::move(query)));
}

parked_notifications_actor::behavior_type
parked_notifications(observed_pointer<parked_notifications_actor, parked_notifications_state> self,
                     directory_slot slot, database_actor database, queue_work_actor work,
                     parked_settings settings) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->state.work = std::move(work);
  self->state.settings = settings;
  self->set_exit_handler([self](caf::exit_msg& exit) {
    if (!exit.reason)
      return;
    self->state.give_back();
    self->quit(exit.reason);
  });
  self->state.poll();
  return {
    [self](look_for_parked) { self->state.look_soon(); },
  };
}

} // namespace nova
