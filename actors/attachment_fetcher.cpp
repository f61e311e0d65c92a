#include "actors/attachment_fetcher.hpp"

#include "base/log.hpp"
#include "base/seed.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "nylas/api.hpp"
#include "nylas/digest.hpp"
#include "pg/email/claim_attachments.hpp"
#include "pg/email/fit_attachments.hpp"
#include "pg/email/follow_attachments.hpp"
#include "pg/email/settle_attachment.hpp"
#include "pg/email/store_attachment.hpp"

#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <utility>

// An attachment in hand:
//
//   claimed ─▶ waiting_ (for room) ─▶ called ─┬─(its bytes)────▶ stored
//                  ▲                          ├─(404, failure)─▶ settled: due later, or gone
//                  └──(with room for the limit)┴─(cut off)─────▶ settled: too large
namespace nova {
namespace {

constexpr base::log attachment_fetcher_log{"Attachments"};

using namespace std::chrono_literals;

// Shorter than a claim, so that nobody else fetches what waits for its turn here.
constexpr auto attachment_call_timeout = 55min;
// Two 404s are so far apart.
constexpr std::chrono::milliseconds not_found_pause = 2min;
// What is nobody's fault is tried again then.
constexpr std::chrono::milliseconds blameless_pause = 30s;
// What is listed is an estimate: so much more may come before it is asked for again.
constexpr uint64_t beyond_listed = uint64_t{64} << 10;

} // namespace

void attachment_fetcher_state::open() {
  if (settings.bytes_max == 0) {
    doing("nothing: NOVA_STORE_ATTACHMENTS does not ask for bytes");
    return;
  }
  fit();
}

void attachment_fetcher_state::fit() {
  constexpr auto what = "look what was left behind";
  ask(self, needs.database, pg::fit_attachments{settings.bytes_max, settings.node})
    .then(
      [this](uint64_t changed) {
        could(attachment_fetcher_log, what);
        if (changed > 0)
          fit();
        else
          look();
      },
      [this](const caf::error& reason) {
        could_not(attachment_fetcher_log, what, describe(reason));
        next_look_.after(settings.look, [this] { fit(); });
      });
}

void attachment_fetcher_state::look() {
  next_look_.after(settings.look, [this] { look(); });
  follow();
  claim();
}

void attachment_fetcher_state::follow() {
  if (std::exchange(following_, true))
    return;
  constexpr auto what = "look which attachments are new";
  ask(self, needs.database, pg::follow_attachments{settings.follow_messages, settings.bytes_max})
    .then(
      [this](uint64_t messages) {
        could(attachment_fetcher_log, what);
        following_ = false;
        if (messages == 0)
          return;
        claim();
        follow();
      },
      [this](const caf::error& reason) {
        following_ = false;
        could_not(attachment_fetcher_log, what, describe(reason));
      });
}

void attachment_fetcher_state::claim() {
  auto away = settings.live && settings.live->provider_away.load(std::memory_order_relaxed);
  if (away || claiming_ || in_hand_ >= settings.in_hand_max)
    return;
  claiming_ = true;
  constexpr auto what = "look for attachments that are due";
  ask(self, needs.database,
      pg::claim_attachments{settings.in_hand_max - in_hand_, settings.share, held(),
                            settings.bytes_max, settings.node})
    .then(
      [this](std::vector<due_attachment>& due) {
        could(attachment_fetcher_log, what);
        claimed(std::move(due));
      },
      [this](const caf::error& reason) {
        claiming_ = false;
        could_not(attachment_fetcher_log, what, describe(reason));
      });
}

void attachment_fetcher_state::claimed(std::vector<due_attachment>&& due) {
  claiming_ = false;
  for (auto& one : due) {
    ++in_hand_;
    ++held_[one.grant.value];
    auto listed = one.listed_size.value_or(0);
    auto room = std::min(listed + listed / 4 + beyond_listed, settings.bytes_max);
    waiting_.push_back(std::make_shared<fetch>(fetch{std::move(one), room}));
  }
  claim_below_ = due.empty() ? 0 : (in_hand_ + 1) / 2;
  start_some();
}

std::vector<grant_share> attachment_fetcher_state::held() const {
  std::vector<grant_share> all;
  for (const auto& [grant, count] : held_)
    all.push_back({grant_id{grant}, count});
  return all;
}

void attachment_fetcher_state::start_some() {
  while (!waiting_.empty()
         && (bytes_in_flight_ == 0
             || bytes_in_flight_ + waiting_.front()->room <= settings.bytes_in_flight_max)) {
    auto one = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_in_flight_ += one->room;
    call(one);
  }
  tell();
}

void attachment_fetcher_state::call(const shared_fetch& one) {
  const auto& which = one->which;
  call_grant wanted;
  wanted.grant = which.grant;
  wanted.call =
    nylas::download_attachment(which.grant.value, which.message.value, which.id.value, one->room);
  timed_request(self, needs.grants, attachment_call_timeout, std::move(wanted))
    .then([this, one](api_answered& answer) { answered(one, std::move(answer)); },
          [this, one](const caf::error& reason) {
            leave_room(one);
            failed(one, reason);
          });
}

void attachment_fetcher_state::answered(const shared_fetch& one, api_answered&& result) {
  if (result.verdict == nylas::verdict::ok) {
    store(one, std::move(result));
    return;
  }
  leave_room(one);
  auto reason = describe(result);
  if (result.too_large)
    cut_off(one);
  else if (result.verdict == nylas::verdict::gone)
    settle(one, attachment_outcome::gone, reason, not_found_pause);
  else if (result.verdict == nylas::verdict::throttle)
    settle(one, attachment_outcome::later, reason, retry_after(result, blameless_pause));
  else
    settle(one, attachment_outcome::failed, reason,
           settings.retry.delay(one->which.attempts, random));
}

void attachment_fetcher_state::cut_off(const shared_fetch& one) {
  if (one->room < settings.bytes_max) {
    one->room = settings.bytes_max;
    waiting_.push_back(one);
    start_some();
    return;
  }
  settle(one, attachment_outcome::too_large,
         "more than " + std::to_string(settings.bytes_max) + " bytes came", 0ms,
         settings.bytes_max + 1);
}

void attachment_fetcher_state::store(const shared_fetch& one, api_answered&& result) {
  auto size = result.body.size();
  auto sha256 = nylas::sha256_of(result.body);
  ask(self, needs.database,
      pg::store_attachment{one->which, std::move(sha256), std::move(result.body)})
    .then(
      [this, one, size, share = result.share](bool wanted) {
        if (wanted) {
          settings.metrics.stored.add();
          settings.metrics.stored_bytes.add(static_cast<double>(size));
        }
        leave_room(one);
        done(one);
      },
      [this, one, share = result.share](const caf::error& reason) {
        leave_room(one);
        failed(one, reason);
      });
}

void attachment_fetcher_state::failed(const shared_fetch& one, const caf::error& reason) {
  if (blameless(reason))
    settle(one, attachment_outcome::later, describe(reason), blameless_pause);
  else
    settle(one, attachment_outcome::failed, describe(reason),
           settings.retry.delay(one->which.attempts, random));
}

void attachment_fetcher_state::settle(const shared_fetch& one, attachment_outcome outcome,
                                      const std::string& reason, std::chrono::milliseconds delay,
                                      std::optional<uint64_t> size) {
  settings.metrics.ended.at(static_cast<size_t>(outcome)).add();
  if (outcome == attachment_outcome::later)
    claim_below_ = 0; // what can be called is seen at the next look
  attachment_fetcher_log.info("attachment not stored", {{"grant", one->which.grant},
                                                        {"message", one->which.message},
                                                        {"attachment", one->which.id},
                                                        {"outcome", to_string(outcome)},
                                                        {"reason", reason}});
  ask(self, needs.database, pg::settle_attachment{one->which, outcome, size, delay, reason})
    .then([this, one](const std::string&) { done(one); },
          [this, one](const caf::error&) { done(one); }); // then it is due when its hour is over
}

void attachment_fetcher_state::leave_room(const shared_fetch& one) {
  bytes_in_flight_ -= one->room;
}

void attachment_fetcher_state::done(const shared_fetch& one) {
  --in_hand_;
  auto of_grant = held_.find(one->which.grant.value);
  if (--of_grant->second == 0)
    held_.erase(of_grant);
  start_some();
  if (in_hand_ < claim_below_)
    claim();
}

void attachment_fetcher_state::tell() const {
  slot.holds(waiting_.size());
  doing(in_hand_ == 0 ? std::string{}
                      : "fetching " + std::to_string(in_hand_ - waiting_.size()) + " attachments, "
                          + std::to_string(bytes_in_flight_ >> 10) + " KiB, "
                          + std::to_string(waiting_.size()) + " wait for room");
}

attachment_fetcher_actor::behavior_type
attachment_fetcher(observed_pointer<attachment_fetcher_actor, attachment_fetcher_state> self,
                   directory_slot slot, attachment_fetcher_needs needs,
                   attachment_fetcher_settings settings) {
  self->state.slot = std::move(slot);
  self->state.needs = std::move(needs);
  self->state.settings = std::move(settings);
  self->state.random = base::random_engine(self->state.settings.seed);
  self->state.open();
  return untold();
}

} // namespace nova
